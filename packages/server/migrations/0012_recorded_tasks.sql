ALTER TABLE "carrel"."projects" ADD COLUMN "record" json;--> statement-breakpoint
ALTER TABLE "carrel"."recordings" ADD COLUMN "task_id" text;--> statement-breakpoint
ALTER TABLE "carrel"."recordings" ADD COLUMN "session_id" text;--> statement-breakpoint
CREATE INDEX "recordings_of_task" ON "carrel"."recordings" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "recordings_of_session" ON "carrel"."recordings" USING btree ("session_id");