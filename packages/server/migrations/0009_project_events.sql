CREATE TABLE "carrel"."project_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "carrel"."project_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"written_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"project_id" text NOT NULL,
	"type" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"browser_id" text,
	"task_id" text,
	"session_id" text,
	"end_user_id" text,
	"webhook_id" text,
	"event_id" integer
);
--> statement-breakpoint
ALTER TABLE "carrel"."project_events" ADD CONSTRAINT "project_events_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "carrel"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "project_events_of_project" ON "carrel"."project_events" USING btree ("project_id","xid","id");--> statement-breakpoint
CREATE INDEX "project_events_age" ON "carrel"."project_events" USING btree ("written_at");
--> statement-breakpoint
CREATE FUNCTION "carrel"."note_browser_events"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	-- Not what pages and clients do all the time.
	INSERT INTO carrel.project_events (project_id, type, created_at, browser_id, end_user_id, event_id)
	SELECT browser.project_id, line.type, line.created_at, browser.id, browser.end_user_id, line.id
	FROM added AS line JOIN carrel.browsers AS browser ON browser.id = line.browser_id
	WHERE line.type !~ '^(tab|dialog|download|action|network|client|events)\.'
	ORDER BY line.created_at, line.id;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_browser_events" AFTER INSERT ON "carrel"."browser_events"
	REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "carrel"."note_browser_events"();--> statement-breakpoint
CREATE FUNCTION "carrel"."note_task_events"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, type, created_at, task_id, session_id, end_user_id, event_id)
	SELECT task.project_id, line.type, line.created_at, task.id, task.session_id, task.end_user_id, line.id
	FROM added AS line JOIN carrel.tasks AS task ON task.id = line.task_id
	WHERE line.type !~ '^(model|tool)\.' AND line.type <> 'step.started'
	ORDER BY line.created_at, line.id;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_task_events" AFTER INSERT ON "carrel"."task_events"
	REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "carrel"."note_task_events"();--> statement-breakpoint
CREATE FUNCTION "carrel"."note_failed_delivery"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, type, created_at, webhook_id, task_id)
	SELECT webhook.project_id, 'webhook.delivery_failed', now(), webhook.id, NEW.task_id
	FROM carrel.webhooks AS webhook WHERE webhook.id = NEW.webhook_id;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_failed_delivery" AFTER UPDATE OF "status" ON "carrel"."webhook_deliveries"
	FOR EACH ROW WHEN (NEW.status = 'failed' AND OLD.status <> 'failed') EXECUTE FUNCTION "carrel"."note_failed_delivery"();--> statement-breakpoint
CREATE FUNCTION "carrel"."tell_of_project_events"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('carrel_project_events', project_id) FROM (SELECT DISTINCT project_id FROM added) AS projects;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "tell_of_project_events" AFTER INSERT ON "carrel"."project_events"
	REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "carrel"."tell_of_project_events"();
