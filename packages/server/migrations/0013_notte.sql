CREATE TABLE "carrel"."notte_agents" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"browser_id" text NOT NULL,
	"task" text NOT NULL,
	"url" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"success" boolean,
	"answer" text,
	"steps" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carrel"."notte_vaults" (
	"project_id" text NOT NULL,
	"id" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "notte_vaults_project_id_id_pk" PRIMARY KEY("project_id","id")
);
--> statement-breakpoint
ALTER TABLE "carrel"."notte_agents" ADD CONSTRAINT "notte_agents_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "carrel"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."notte_agents" ADD CONSTRAINT "notte_agents_browser_id_browsers_id_fk" FOREIGN KEY ("browser_id") REFERENCES "carrel"."browsers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."notte_vaults" ADD CONSTRAINT "notte_vaults_project_id_id_end_users_project_id_id_fk" FOREIGN KEY ("project_id","id") REFERENCES "carrel"."end_users"("project_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notte_agents_of_project" ON "carrel"."notte_agents" USING btree ("project_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "notte_agents_of_browser" ON "carrel"."notte_agents" USING btree ("browser_id");--> statement-breakpoint
CREATE INDEX "notte_vaults_of_project" ON "carrel"."notte_vaults" USING btree ("project_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);