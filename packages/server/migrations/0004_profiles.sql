CREATE TABLE "carrel"."audit_events" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"api_key_id" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"details" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carrel"."profile_holds" (
	"browser_id" text PRIMARY KEY NOT NULL,
	"profile_id" text NOT NULL,
	"node_id" text NOT NULL,
	"base_version" integer,
	"is_exclusive" boolean NOT NULL,
	"since" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carrel"."profile_versions" (
	"profile_id" text NOT NULL,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"source" text NOT NULL,
	"browser_id" text,
	"based_on" integer,
	"merged_with" integer,
	"kind" text NOT NULL,
	"browser_version" text NOT NULL,
	"object_name" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"unpacked_bytes" bigint NOT NULL,
	"sealed_contents" "bytea" NOT NULL,
	CONSTRAINT "profile_versions_profile_id_version_pk" PRIMARY KEY("profile_id","version")
);
--> statement-breakpoint
CREATE TABLE "carrel"."profiles" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"name" text,
	"end_user_id" text,
	"metadata" json NOT NULL,
	"keep_versions" integer NOT NULL,
	"current_version" integer,
	"next_version" integer DEFAULT 1 NOT NULL,
	"wrapped_key" "bytea",
	"master_key_id" text NOT NULL,
	"sealed_exit" "bytea",
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "carrel"."browsers" ADD COLUMN "profile" json;--> statement-breakpoint
ALTER TABLE "carrel"."audit_events" ADD CONSTRAINT "audit_events_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "carrel"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."profile_holds" ADD CONSTRAINT "profile_holds_profile_id_profiles_id_fk" FOREIGN KEY ("profile_id") REFERENCES "carrel"."profiles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."profile_versions" ADD CONSTRAINT "profile_versions_profile_id_profiles_id_fk" FOREIGN KEY ("profile_id") REFERENCES "carrel"."profiles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."profiles" ADD CONSTRAINT "profiles_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "carrel"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_events_of_project" ON "carrel"."audit_events" USING btree ("project_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "profile_holds_one_exclusive" ON "carrel"."profile_holds" USING btree ("profile_id") WHERE "carrel"."profile_holds"."is_exclusive";--> statement-breakpoint
CREATE INDEX "profile_holds_of_profile" ON "carrel"."profile_holds" USING btree ("profile_id");--> statement-breakpoint
CREATE INDEX "profile_holds_of_node" ON "carrel"."profile_holds" USING btree ("node_id");--> statement-breakpoint
CREATE INDEX "profile_versions_object" ON "carrel"."profile_versions" USING btree ("object_name");--> statement-breakpoint
CREATE UNIQUE INDEX "profiles_name" ON "carrel"."profiles" USING btree ("project_id","name") WHERE "carrel"."profiles"."name" is not null;--> statement-breakpoint
CREATE INDEX "profiles_of_project" ON "carrel"."profiles" USING btree ("project_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "profiles_of_end_user" ON "carrel"."profiles" USING btree ("project_id","end_user_id","created_at" DESC NULLS LAST) WHERE "carrel"."profiles"."end_user_id" is not null;--> statement-breakpoint
CREATE INDEX "profiles_of_master_key" ON "carrel"."profiles" USING btree ("master_key_id");--> statement-breakpoint
-- The keys that may do everything may do this too.
UPDATE "carrel"."api_keys" SET "scopes" = "scopes" || ARRAY['profiles:read', 'profiles:write', 'profiles:export', 'audit:read'] WHERE "source" IN ('environment', 'file');
