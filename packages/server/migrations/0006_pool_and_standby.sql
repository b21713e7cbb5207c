ALTER TABLE "carrel"."browsers" ADD COLUMN "standby" text DEFAULT 'off' NOT NULL;--> statement-breakpoint
ALTER TABLE "carrel"."browsers" ADD COLUMN "startup" text DEFAULT 'cold' NOT NULL;--> statement-breakpoint
ALTER TABLE "carrel"."browsers" ADD COLUMN "startup_reason" text;