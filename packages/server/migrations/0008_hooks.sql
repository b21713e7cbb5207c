CREATE INDEX "webhook_deliveries_of_task" ON "carrel"."webhook_deliveries" USING btree ("task_id");--> statement-breakpoint
-- There is something of whoever has a profile or a browser, from before end users were written down by themselves.
INSERT INTO "carrel"."end_users" ("project_id", "id", "created_at")
SELECT "project_id", "end_user_id", min("created_at") FROM (
  SELECT "project_id", "end_user_id", "created_at" FROM "carrel"."profiles" WHERE "end_user_id" IS NOT NULL AND "wrapped_key" IS NOT NULL
  UNION ALL
  SELECT "project_id", "end_user_id", "created_at" FROM "carrel"."browsers" WHERE "end_user_id" IS NOT NULL
) AS "known" GROUP BY "project_id", "end_user_id" ON CONFLICT DO NOTHING;
