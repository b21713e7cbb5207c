ALTER TABLE "carrel"."webhook_deliveries" ALTER COLUMN "task_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "carrel"."webhook_deliveries" ADD COLUMN "browser_id" text;--> statement-breakpoint
ALTER TABLE "carrel"."webhook_deliveries" ADD COLUMN "sealed_link" "bytea";--> statement-breakpoint
ALTER TABLE "carrel"."webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_browser_id_browsers_id_fk" FOREIGN KEY ("browser_id") REFERENCES "carrel"."browsers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_of_browser" ON "carrel"."webhook_deliveries" USING btree ("browser_id");--> statement-breakpoint
CREATE OR REPLACE FUNCTION "carrel"."note_failed_delivery"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, type, created_at, webhook_id, task_id, browser_id)
	SELECT webhook.project_id, 'webhook.delivery_failed', now(), webhook.id, NEW.task_id, NEW.browser_id
	FROM carrel.webhooks AS webhook WHERE webhook.id = NEW.webhook_id;
	RETURN NULL;
END $$;
