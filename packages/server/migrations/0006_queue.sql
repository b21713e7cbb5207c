ALTER TABLE "carrel"."tasks" ADD COLUMN "attempts_left" integer DEFAULT 3 NOT NULL;--> statement-breakpoint
CREATE INDEX "tasks_begun" ON "carrel"."tasks" USING btree ("project_id","started_at" DESC NULLS LAST) WHERE "carrel"."tasks"."started_at" is not null;--> statement-breakpoint
CREATE INDEX "tasks_begun_of_end_user" ON "carrel"."tasks" USING btree ("project_id","end_user_id","started_at" DESC NULLS LAST) WHERE "carrel"."tasks"."started_at" is not null;--> statement-breakpoint
ALTER TABLE "carrel"."tasks" DROP COLUMN "cancel_requested_at";