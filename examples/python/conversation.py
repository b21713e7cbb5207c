"""Asks two questions, the second about the answer to the first. Without a key for a language model, the built-in model answers."""

import sys

from carrel import Carrel, result_of

client = Carrel()  # reads CARREL_URL and CARREL_API_KEY
shop = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7071"

first = client.tasks.run(
    end_user_id="ada",
    task="Which books are on sale?",
    start_url=shop,
    model="builtin",
    on_step=lambda step: print(f"  {step.n}. {step.msg}"),
)
print(result_of(first))

second = client.tasks.run(end_user_id="ada", task="Which of those is the cheapest?", session_id=first.session_id, model="builtin")
print(result_of(second))

for number, task in enumerate(client.sessions.get(first.session_id).tasks, 1):
    print(f"[{number}] {task.status}  {task.task}")
