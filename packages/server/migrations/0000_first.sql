CREATE SCHEMA "carrel";
--> statement-breakpoint
CREATE TABLE "carrel"."api_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"name" text NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"hint" text NOT NULL,
	"scopes" text[] NOT NULL,
	"source" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "carrel"."browser_events" (
	"browser_id" text NOT NULL,
	"id" integer NOT NULL,
	"type" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"data" json NOT NULL,
	CONSTRAINT "browser_events_browser_id_id_pk" PRIMARY KEY("browser_id","id")
);
--> statement-breakpoint
CREATE TABLE "carrel"."browsers" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"node_id" text NOT NULL,
	"status" text NOT NULL,
	"kind" text NOT NULL,
	"browser_version" text,
	"isolation" json NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"idle_timeout_seconds" integer NOT NULL,
	"max_duration_seconds" integer NOT NULL,
	"reason" json,
	"metadata" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carrel"."idempotency_keys" (
	"project_id" text NOT NULL,
	"key" text NOT NULL,
	"request_hash" "bytea" NOT NULL,
	"claim_id" text NOT NULL,
	"node_id" text NOT NULL,
	"response" "bytea",
	"created_at" timestamp (3) with time zone NOT NULL,
	"lease_until" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_project_id_key_pk" PRIMARY KEY("project_id","key")
);
--> statement-breakpoint
CREATE TABLE "carrel"."projects" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"max_browsers" integer,
	"is_default" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "carrel"."api_keys" ADD CONSTRAINT "api_keys_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "carrel"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."browser_events" ADD CONSTRAINT "browser_events_browser_id_browsers_id_fk" FOREIGN KEY ("browser_id") REFERENCES "carrel"."browsers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."browsers" ADD CONSTRAINT "browsers_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "carrel"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."idempotency_keys" ADD CONSTRAINT "idempotency_keys_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "carrel"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_secret_hash" ON "carrel"."api_keys" USING btree ("secret_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_one_of_environment" ON "carrel"."api_keys" USING btree ("source") WHERE "carrel"."api_keys"."source" = 'environment';--> statement-breakpoint
CREATE INDEX "api_keys_of_project" ON "carrel"."api_keys" USING btree ("project_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "browsers_of_project" ON "carrel"."browsers" USING btree ("project_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "browsers_open" ON "carrel"."browsers" USING btree ("node_id") WHERE "carrel"."browsers"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "idempotency_keys_expiry" ON "carrel"."idempotency_keys" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "idempotency_keys_in_use" ON "carrel"."idempotency_keys" USING btree ("node_id") WHERE "carrel"."idempotency_keys"."response" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "projects_one_default" ON "carrel"."projects" USING btree ("is_default") WHERE "carrel"."projects"."is_default";