CREATE TABLE "carrel"."dashboard_sessions" (
	"secret_hash" "bytea" PRIMARY KEY NOT NULL,
	"api_key_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "carrel"."sign_in_codes" (
	"secret_hash" "bytea" PRIMARY KEY NOT NULL,
	"api_key_id" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "carrel"."dashboard_sessions" ADD CONSTRAINT "dashboard_sessions_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "carrel"."api_keys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "carrel"."sign_in_codes" ADD CONSTRAINT "sign_in_codes_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "carrel"."api_keys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "dashboard_sessions_of_key" ON "carrel"."dashboard_sessions" USING btree ("api_key_id");--> statement-breakpoint
CREATE INDEX "dashboard_sessions_expiry" ON "carrel"."dashboard_sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "sign_in_codes_of_key" ON "carrel"."sign_in_codes" USING btree ("api_key_id");--> statement-breakpoint
CREATE INDEX "sign_in_codes_expiry" ON "carrel"."sign_in_codes" USING btree ("expires_at");