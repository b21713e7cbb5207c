"""browser-use does a task in a browser of Carrel. Any model that speaks OpenAI's chat completions will do."""

import asyncio
import os

from browser_use import Agent, Browser, ChatOpenAI

from carrel import AsyncCarrel

shop = os.environ.get("SHOP_URL", "http://127.0.0.1:7071")
llm = ChatOpenAI(
    model=os.environ.get("MODEL", "qwen3"),
    base_url=os.environ.get("MODEL_URL", "http://127.0.0.1:11434/v1"),
    api_key=os.environ.get("MODEL_API_KEY", "none"),
)


async def main() -> None:
    # CARREL_URL and CARREL_API_KEY say where the server is, and who asks.
    async with AsyncCarrel() as client, client.Session() as session:
        agent = Agent(
            task=f"Go to {shop}/sale and say which books are on sale.",
            llm=llm,
            browser=Browser(cdp_url=session.cdp_url()),
            use_vision=False,
        )
        history = await agent.run(max_steps=5)
        print(" → ".join(history.action_names()))
        print(history.final_result())


asyncio.run(main())
