"""Opens a browser, goes to a page, and prints what an agent sees."""

import sys

from carrel import Carrel

client = Carrel()  # reads CARREL_URL and CARREL_API_KEY

with client.Session() as session:
    session.execute(type="goto", url=sys.argv[1] if len(sys.argv) > 1 else "https://example.com")

    observation = session.observe()
    print(observation.metadata.title)
    for element in observation.elements:
        print(element.ref, element.role, element.name)
