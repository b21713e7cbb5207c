CREATE TABLE "carrel"."browser_places" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"node_id" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "carrel"."nodes" ADD COLUMN "master_key_ids" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "carrel"."browser_places" ADD CONSTRAINT "browser_places_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "carrel"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "browser_places_of_project" ON "carrel"."browser_places" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "browser_places_of_node" ON "carrel"."browser_places" USING btree ("node_id");