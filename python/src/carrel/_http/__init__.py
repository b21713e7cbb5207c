"""What is the same for both halves of the client: requests, answers, retries, time. Nothing here waits for anything."""
