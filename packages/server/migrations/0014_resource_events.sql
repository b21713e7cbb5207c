ALTER TABLE "carrel"."project_events" DROP CONSTRAINT "project_events_project_id_projects_id_fk";
--> statement-breakpoint
ALTER TABLE "carrel"."project_events" ADD COLUMN "scope" text;--> statement-breakpoint
ALTER TABLE "carrel"."project_events" ADD COLUMN "profile_id" text;--> statement-breakpoint
ALTER TABLE "carrel"."project_events" ADD COLUMN "api_key_id" text;--> statement-breakpoint
UPDATE "carrel"."project_events" SET "scope" = CASE
	WHEN "webhook_id" IS NOT NULL THEN 'webhooks:manage'
	WHEN "task_id" IS NOT NULL THEN 'tasks:read'
	ELSE 'browsers:read' END;--> statement-breakpoint
ALTER TABLE "carrel"."project_events" ALTER COLUMN "scope" SET NOT NULL;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION "carrel"."note_browser_events"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	-- Not what pages and clients do all the time.
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, browser_id, end_user_id, profile_id, event_id)
	SELECT browser.project_id, 'browsers:read', line.type, line.created_at, browser.id, browser.end_user_id, browser.profile ->> 'id', line.id
	FROM added AS line JOIN carrel.browsers AS browser ON browser.id = line.browser_id
	WHERE line.type !~ '^(tab|dialog|download|action|network|client|events)\.'
	ORDER BY line.created_at, line.id;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION "carrel"."note_task_events"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, task_id, session_id, end_user_id, event_id)
	SELECT task.project_id, 'tasks:read', line.type, line.created_at, task.id, task.session_id, task.end_user_id, line.id
	FROM added AS line JOIN carrel.tasks AS task ON task.id = line.task_id
	WHERE line.type !~ '^(model|tool)\.' AND line.type <> 'step.started'
	ORDER BY line.created_at, line.id;
	RETURN NULL;
END $$;
--> statement-breakpoint
-- At the end, when all that goes with the project is gone, and with it whoever was changing some of it has come to an end: a line that they
-- wrote is there by then. Of what goes nothing is told: triggers on DELETE look, without a lock, whether the project is there.
CREATE FUNCTION "carrel"."forget_project_events"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM carrel.project_events WHERE project_id = OLD.id;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "forget_project_events" AFTER DELETE ON "carrel"."projects"
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "carrel"."forget_project_events"();--> statement-breakpoint
CREATE FUNCTION "carrel"."note_project"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at) VALUES (NEW.id, 'browsers:read', 'project.updated', now());
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_project" AFTER UPDATE OF "name", "max_browsers", "max_tasks", "model", "record" ON "carrel"."projects"
	FOR EACH ROW EXECUTE FUNCTION "carrel"."note_project"();
--> statement-breakpoint
-- Opening a browser with a profile changes none of these columns, and saving to it only others: the browser's log tells of that.
CREATE FUNCTION "carrel"."note_profile"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, profile_id, end_user_id)
	VALUES (NEW.project_id, 'profiles:read', TG_ARGV[0], now(), NEW.id, NEW.end_user_id);
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_profile_created" AFTER INSERT ON "carrel"."profiles"
	FOR EACH ROW EXECUTE FUNCTION "carrel"."note_profile"('profile.created');--> statement-breakpoint
CREATE TRIGGER "note_profile_updated" AFTER UPDATE OF "name", "metadata", "keep_versions" ON "carrel"."profiles"
	FOR EACH ROW WHEN (NEW.wrapped_key IS NOT NULL) EXECUTE FUNCTION "carrel"."note_profile"('profile.updated');--> statement-breakpoint
-- Without its key it is deleted for all; the row goes when the store of archives has answered.
CREATE TRIGGER "note_profile_deleted" AFTER UPDATE OF "wrapped_key" ON "carrel"."profiles"
	FOR EACH ROW WHEN (NEW.wrapped_key IS NULL AND OLD.wrapped_key IS NOT NULL)
	EXECUTE FUNCTION "carrel"."note_profile"('profile.deleted');--> statement-breakpoint
CREATE FUNCTION "carrel"."note_profile_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, profile_id, end_user_id)
	SELECT profile.project_id, 'profiles:read', 'profile.updated', now(), profile.id, profile.end_user_id
	FROM carrel.profiles AS profile WHERE profile.id = NEW.profile_id;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_profile_version" AFTER INSERT ON "carrel"."profile_versions"
	FOR EACH ROW WHEN (NEW.source IN ('import', 'restore')) EXECUTE FUNCTION "carrel"."note_profile_version"();
--> statement-breakpoint
CREATE FUNCTION "carrel"."note_webhook"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, webhook_id)
	VALUES (NEW.project_id, 'webhooks:manage', TG_ARGV[0], now(), NEW.id);
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_webhook_created" AFTER INSERT ON "carrel"."webhooks"
	FOR EACH ROW EXECUTE FUNCTION "carrel"."note_webhook"('webhook.created');--> statement-breakpoint
CREATE TRIGGER "note_webhook_updated" AFTER UPDATE OF "url", "events", "is_enabled" ON "carrel"."webhooks"
	FOR EACH ROW EXECUTE FUNCTION "carrel"."note_webhook"('webhook.updated');--> statement-breakpoint
CREATE FUNCTION "carrel"."note_webhooks_deleted"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, webhook_id)
	SELECT gone.project_id, 'webhooks:manage', 'webhook.deleted', now(), gone.id
	FROM removed AS gone JOIN carrel.projects AS project ON project.id = gone.project_id;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_webhooks_deleted" AFTER DELETE ON "carrel"."webhooks"
	REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION "carrel"."note_webhooks_deleted"();--> statement-breakpoint
DROP TRIGGER "note_failed_delivery" ON "carrel"."webhook_deliveries";--> statement-breakpoint
DROP FUNCTION "carrel"."note_failed_delivery"();--> statement-breakpoint
CREATE FUNCTION "carrel"."note_delivery"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, webhook_id, task_id, browser_id)
	SELECT webhook.project_id, 'webhooks:manage', TG_ARGV[0], now(), webhook.id, NEW.task_id, NEW.browser_id
	FROM carrel.webhooks AS webhook WHERE webhook.id = NEW.webhook_id;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_delivery_failed" AFTER UPDATE OF "status" ON "carrel"."webhook_deliveries"
	FOR EACH ROW WHEN (NEW.status = 'failed' AND OLD.status <> 'failed')
	EXECUTE FUNCTION "carrel"."note_delivery"('webhook.delivery_failed');--> statement-breakpoint
CREATE TRIGGER "note_delivery_succeeded" AFTER UPDATE OF "status" ON "carrel"."webhook_deliveries"
	FOR EACH ROW WHEN (NEW.status = 'delivered' AND OLD.status <> 'delivered')
	EXECUTE FUNCTION "carrel"."note_delivery"('webhook.delivery_succeeded');--> statement-breakpoint
CREATE TRIGGER "note_delivery_retrying" AFTER UPDATE OF "attempts" ON "carrel"."webhook_deliveries"
	FOR EACH ROW WHEN (NEW.status = 'pending') EXECUTE FUNCTION "carrel"."note_delivery"('webhook.delivery_retrying');
--> statement-breakpoint
-- Several statements may change what there is of one end user: it is told once; and of one that is deleted, that is told alone.
CREATE FUNCTION "carrel"."note_credentials"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, end_user_id)
	SELECT DISTINCT line.project_id, 'credentials:read', TG_ARGV[0], now(), line.end_user_id
	FROM changed AS line JOIN carrel.end_users AS end_user ON end_user.project_id = line.project_id AND end_user.id = line.end_user_id
	WHERE NOT EXISTS (
		SELECT FROM carrel.project_events AS told
		WHERE told.project_id = line.project_id AND told.xid = pg_current_xact_id()
			AND told.type = TG_ARGV[0] AND told.end_user_id = line.end_user_id);
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_credentials_added" AFTER INSERT ON "carrel"."credentials"
	REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "carrel"."note_credentials"('credentials.set');--> statement-breakpoint
CREATE TRIGGER "note_credentials_changed" AFTER UPDATE ON "carrel"."credentials"
	REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "carrel"."note_credentials"('credentials.set');--> statement-breakpoint
CREATE TRIGGER "note_credentials_deleted" AFTER DELETE ON "carrel"."credentials"
	REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "carrel"."note_credentials"('credentials.deleted');
--> statement-breakpoint
CREATE FUNCTION "carrel"."note_end_users_deleted"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, end_user_id)
	SELECT gone.project_id, 'tasks:read', 'end_user.deleted', now(), gone.id
	FROM removed AS gone JOIN carrel.projects AS project ON project.id = gone.project_id;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_end_users_deleted" AFTER DELETE ON "carrel"."end_users"
	REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION "carrel"."note_end_users_deleted"();--> statement-breakpoint
CREATE FUNCTION "carrel"."note_sessions_deleted"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, session_id, end_user_id)
	SELECT gone.project_id, 'tasks:read', 'session.deleted', now(), gone.id, gone.end_user_id
	FROM removed AS gone JOIN carrel.projects AS project ON project.id = gone.project_id;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_sessions_deleted" AFTER DELETE ON "carrel"."sessions"
	REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION "carrel"."note_sessions_deleted"();
--> statement-breakpoint
CREATE FUNCTION "carrel"."note_api_key"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, api_key_id)
	VALUES (NEW.project_id, 'keys:manage', TG_ARGV[0], now(), NEW.id);
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_api_key_created" AFTER INSERT ON "carrel"."api_keys"
	FOR EACH ROW EXECUTE FUNCTION "carrel"."note_api_key"('api_key.created');--> statement-breakpoint
CREATE TRIGGER "note_api_key_revoked" AFTER UPDATE OF "revoked_at" ON "carrel"."api_keys"
	FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL AND OLD.revoked_at IS NULL)
	EXECUTE FUNCTION "carrel"."note_api_key"('api_key.revoked');
--> statement-breakpoint
CREATE FUNCTION "carrel"."note_recording"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, browser_id, session_id, end_user_id)
	VALUES (NEW.project_id, 'browsers:read', TG_ARGV[0], now(), NEW.browser_id, NEW.session_id, NEW.end_user_id);
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_recording_started" AFTER INSERT ON "carrel"."recordings"
	FOR EACH ROW EXECUTE FUNCTION "carrel"."note_recording"('recording.started');--> statement-breakpoint
CREATE TRIGGER "note_recording_ended" AFTER UPDATE OF "ended_at" ON "carrel"."recordings"
	FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL AND OLD.ended_at IS NULL)
	EXECUTE FUNCTION "carrel"."note_recording"('recording.ended');--> statement-breakpoint
CREATE FUNCTION "carrel"."note_recordings_deleted"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, browser_id, session_id, end_user_id)
	SELECT gone.project_id, 'browsers:read', 'recording.deleted', now(), gone.browser_id, gone.session_id, gone.end_user_id
	FROM removed AS gone JOIN carrel.projects AS project ON project.id = gone.project_id;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_recordings_deleted" AFTER DELETE ON "carrel"."recordings"
	REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION "carrel"."note_recordings_deleted"();
--> statement-breakpoint
-- What was done with secrets and changes nothing that another trigger sees. An import is audited before its version is made.
CREATE FUNCTION "carrel"."note_audit_event"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO carrel.project_events (project_id, scope, type, created_at, profile_id, end_user_id)
	VALUES (NEW.project_id, 'audit:read', NEW.action, NEW.created_at,
		CASE WHEN starts_with(NEW.action, 'profile.') THEN NEW.subject END,
		CASE WHEN starts_with(NEW.action, 'end_user.') THEN NEW.subject END);
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "note_audit_event" AFTER INSERT ON "carrel"."audit_events"
	FOR EACH ROW WHEN (NEW.action IN ('profile.exported', 'profile.imported', 'end_user.exported', 'project.deleted', 'master_key.rotated'))
	EXECUTE FUNCTION "carrel"."note_audit_event"();
