CREATE TABLE "carrel"."browser_places" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"node_id" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carrel"."credentials" (
	"project_id" text NOT NULL,
	"end_user_id" text NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "credentials_project_id_end_user_id_kind_name_pk" PRIMARY KEY("project_id","end_user_id","kind","name")
);
--> statement-breakpoint
CREATE TABLE "carrel"."deployment" (
	"id" integer PRIMARY KEY NOT NULL,
	"master_key_id" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carrel"."end_users" (
	"project_id" text NOT NULL,
	"id" text NOT NULL,
	"wrapped_key" "bytea",
	"master_key_id" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "end_users_project_id_id_pk" PRIMARY KEY("project_id","id")
);
--> statement-breakpoint
CREATE TABLE "carrel"."nodes" (
	"id" text PRIMARY KEY NOT NULL,
	"url" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"master_key_ids" text[] DEFAULT '{}' NOT NULL,
	"stopped_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "carrel"."sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"end_user_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"latest_task_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carrel"."task_events" (
	"task_id" text NOT NULL,
	"id" integer NOT NULL,
	"type" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"data" json NOT NULL,
	CONSTRAINT "task_events_task_id_id_pk" PRIMARY KEY("task_id","id")
);
--> statement-breakpoint
CREATE TABLE "carrel"."task_screenshots" (
	"task_id" text NOT NULL,
	"step" integer NOT NULL,
	"jpeg" "bytea" NOT NULL,
	CONSTRAINT "task_screenshots_task_id_step_pk" PRIMARY KEY("task_id","step")
);
--> statement-breakpoint
CREATE TABLE "carrel"."tasks" (
	"id" text PRIMARY KEY NOT NULL,
	"session_id" text NOT NULL,
	"project_id" text NOT NULL,
	"end_user_id" text NOT NULL,
	"status" text NOT NULL,
	"stop_reason" text,
	"request" json NOT NULL,
	"sealed_proxies" "bytea",
	"model" text NOT NULL,
	"priority" integer NOT NULL,
	"context" json,
	"after_task_id" text,
	"result" json,
	"html_dump" json,
	"error" json,
	"error_code" text,
	"is_dead" boolean DEFAULT false NOT NULL,
	"visited_urls" json DEFAULT '[]'::json NOT NULL,
	"steps" json DEFAULT '[]'::json NOT NULL,
	"usage" json DEFAULT '[]'::json NOT NULL,
	"waiting_for" json,
	"answer" json,
	"browser_id" text,
	"has_acted" boolean DEFAULT false NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"attempts_left" integer DEFAULT 3 NOT NULL,
	"node_id" text,
	"lease_until" timestamp (3) with time zone,
	"pause_requested_at" timestamp (3) with time zone,
	"ran_ms" integer DEFAULT 0 NOT NULL,
	"last_event_id" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carrel"."webhook_deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"webhook_id" text NOT NULL,
	"task_id" text NOT NULL,
	"type" text NOT NULL,
	"payload" json NOT NULL,
	"status" text NOT NULL,
	"attempts" json DEFAULT '[]'::json NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carrel"."webhooks" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"url" text NOT NULL,
	"events" text[] NOT NULL,
	"is_enabled" boolean DEFAULT true NOT NULL,
	"sealed_secret" "bytea" NOT NULL,
	"sealed_earlier_secret" "bytea",
	"earlier_secret_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "carrel"."projects" ADD COLUMN "max_tasks" integer;--> statement-breakpoint
ALTER TABLE "carrel"."projects" ADD COLUMN "model" text;--> statement-breakpoint
ALTER TABLE "carrel"."browser_places" ADD CONSTRAINT "browser_places_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "carrel"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."credentials" ADD CONSTRAINT "credentials_project_id_end_user_id_end_users_project_id_id_fk" FOREIGN KEY ("project_id","end_user_id") REFERENCES "carrel"."end_users"("project_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."end_users" ADD CONSTRAINT "end_users_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "carrel"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."sessions" ADD CONSTRAINT "sessions_project_id_end_user_id_end_users_project_id_id_fk" FOREIGN KEY ("project_id","end_user_id") REFERENCES "carrel"."end_users"("project_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."task_events" ADD CONSTRAINT "task_events_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "carrel"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."task_screenshots" ADD CONSTRAINT "task_screenshots_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "carrel"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."tasks" ADD CONSTRAINT "tasks_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "carrel"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "carrel"."webhooks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "carrel"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."webhooks" ADD CONSTRAINT "webhooks_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "carrel"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "browser_places_of_project" ON "carrel"."browser_places" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "browser_places_of_node" ON "carrel"."browser_places" USING btree ("node_id");--> statement-breakpoint
CREATE INDEX "end_users_of_project" ON "carrel"."end_users" USING btree ("project_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "end_users_of_master_key" ON "carrel"."end_users" USING btree ("master_key_id");--> statement-breakpoint
CREATE INDEX "sessions_of_project" ON "carrel"."sessions" USING btree ("project_id","latest_task_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "sessions_of_end_user" ON "carrel"."sessions" USING btree ("project_id","end_user_id","latest_task_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "tasks_of_session" ON "carrel"."tasks" USING btree ("session_id","created_at","id");--> statement-breakpoint
CREATE INDEX "tasks_waiting" ON "carrel"."tasks" USING btree ("project_id","priority" DESC NULLS LAST,"created_at") WHERE "carrel"."tasks"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "tasks_begun" ON "carrel"."tasks" USING btree ("project_id","started_at" DESC NULLS LAST) WHERE "carrel"."tasks"."started_at" is not null;--> statement-breakpoint
CREATE INDEX "tasks_begun_of_end_user" ON "carrel"."tasks" USING btree ("project_id","end_user_id","started_at" DESC NULLS LAST) WHERE "carrel"."tasks"."started_at" is not null;--> statement-breakpoint
CREATE INDEX "tasks_under_way" ON "carrel"."tasks" USING btree ("lease_until") WHERE "carrel"."tasks"."status" in ('running', 'paused');--> statement-breakpoint
CREATE INDEX "tasks_dead" ON "carrel"."tasks" USING btree ("project_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST) WHERE "carrel"."tasks"."is_dead";--> statement-breakpoint
CREATE INDEX "webhook_deliveries_of_webhook" ON "carrel"."webhook_deliveries" USING btree ("webhook_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "webhook_deliveries_of_task" ON "carrel"."webhook_deliveries" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due" ON "carrel"."webhook_deliveries" USING btree ("next_attempt_at") WHERE "carrel"."webhook_deliveries"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "webhooks_of_project" ON "carrel"."webhooks" USING btree ("project_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
-- The keys that may do everything may do this too.
UPDATE "carrel"."api_keys" SET "scopes" = "scopes" || ARRAY['tasks:read', 'tasks:write', 'credentials:read', 'credentials:write', 'end-users:manage', 'webhooks:manage'] WHERE "source" IN ('environment', 'file');
--> statement-breakpoint
-- There is something of whoever has a profile or a browser, from before end users were written down by themselves.
INSERT INTO "carrel"."end_users" ("project_id", "id", "created_at")
SELECT "project_id", "end_user_id", min("created_at") FROM (
  SELECT "project_id", "end_user_id", "created_at" FROM "carrel"."profiles" WHERE "end_user_id" IS NOT NULL AND "wrapped_key" IS NOT NULL
  UNION ALL
  SELECT "project_id", "end_user_id", "created_at" FROM "carrel"."browsers" WHERE "end_user_id" IS NOT NULL
) AS "known" GROUP BY "project_id", "end_user_id" ON CONFLICT DO NOTHING;
