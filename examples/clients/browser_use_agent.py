"""browser-use does a task in a browser of Carrel, by its CDP URL. Any model that speaks OpenAI's chat completions will do."""

import asyncio
import os

import httpx
from browser_use import Agent, Browser, ChatOpenAI

shop = os.environ.get("SHOP_URL", "http://127.0.0.1:7071")
url = os.environ.get("CARREL_URL", "http://127.0.0.1:7070")
headers = {"Authorization": f"Bearer {os.environ['CARREL_API_KEY']}"}
llm = ChatOpenAI(
    model=os.environ.get("MODEL", "qwen3"),
    base_url=os.environ.get("MODEL_URL", "http://127.0.0.1:11434/v1"),
    api_key=os.environ.get("MODEL_API_KEY", "none"),
)


async def main() -> None:
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as carrel:
        opened = (await carrel.post("/v1/browsers", json={})).raise_for_status().json()
        try:
            agent = Agent(
                task=f"Go to {shop}/sale and say which books are on sale.",
                llm=llm,
                browser=Browser(cdp_url=opened["cdpUrl"]),
                use_vision=False,
                use_judge=False,
            )
            history = await agent.run(max_steps=5)
            print(" → ".join(history.action_names()))
            print(history.final_result())
        finally:
            await carrel.delete(f"/v1/browsers/{opened['id']}")


asyncio.run(main())
