import type { RequestListener } from 'node:http';

/** A site with a form of every kind of field, a picture, a download, and a page to sign in at. */
export const shop: RequestListener = ({ url = '/', method }, response) => {
  if (url === '/file') {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-disposition': 'attachment; filename="report.txt"' });
    response.end('the report');
    return;
  }
  if (url === '/apple.png') {
    response.writeHead(404);
    response.end();
    return;
  }
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'set-cookie': 'visited=yes; Path=/' });
  if (url.startsWith('/login')) response.end(method === 'POST' ? '<title>Inside</title>Welcome' : LOGIN);
  else response.end(page(url));
};

const page = (url: string) => `<!doctype html><title>Shop ${url}</title><main style="height:3000px"><h1>Hello</h1>
<p>Some text to read about apples.</p>
<form onsubmit="event.preventDefault(); this.querySelector('output').textContent = [this.who.value, this.color.value, this.news.checked].join(' ')">
<label>Name <input name="who"></label> <label>Email <input name="email" type="email"></label>
<label>Color <select name="color"><option>red<option>blue</select></label>
<label><input type="checkbox" name="news"> News</label> <input type="file" aria-label="File"> <button>Greet</button> <output></output></form>
<a href="/next">Next</a> <a href="/file">Report</a> <img src="/apple.png" alt="Apple"></main>`;

const LOGIN = `<!doctype html><title>Sign in</title><form method="post">
<label>User <input name="user" autocomplete="username"></label> <label>Password <input name="password" type="password"></label>
<button>Sign in</button></form>`;
