CREATE TABLE "carrel"."recordings" (
	"browser_id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"end_user_id" text,
	"node_id" text NOT NULL,
	"wrapped_key" "bytea" NOT NULL,
	"master_key_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"end_reason" text,
	"duration_ms" integer DEFAULT 0 NOT NULL,
	"frames" integer DEFAULT 0 NOT NULL,
	"lines" integer DEFAULT 0 NOT NULL,
	"size_bytes" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "carrel"."recordings" ADD CONSTRAINT "recordings_browser_id_browsers_id_fk" FOREIGN KEY ("browser_id") REFERENCES "carrel"."browsers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "recordings_of_project" ON "carrel"."recordings" USING btree ("project_id","created_at" DESC NULLS LAST,"browser_id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "recordings_of_node" ON "carrel"."recordings" USING btree ("node_id");--> statement-breakpoint
CREATE INDEX "recordings_of_master_key" ON "carrel"."recordings" USING btree ("master_key_id");