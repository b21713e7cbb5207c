import type { Site } from '../site.js';

const SESSION = 'session=open';

const form = (problem = '') => `<!doctype html><title>Book a boat</title><h1>Book a boat</h1>${problem}
  <form method="post" action="/booked"><fieldset><legend>You</legend>
  <label for="n">Full name</label> <input id="n" name="name" required>
  <label>Email <input type="email" name="email"></label></fieldset>
  <label>Boat <select name="boat"><option>Rowing boat</option><option>Sailing dinghy</option><option>Kayak</option></select></label>
  <fieldset role="radiogroup" aria-label="Length of hire"><label><input type="radio" name="hire" value="1"> One hour</label>
  <label><input type="radio" name="hire" value="4"> Half a day</label></fieldset>
  <label>Date <input type="date" name="date"></label>
  <label><input type="checkbox" name="jackets"> Life jackets</label>
  <label><input type="checkbox" name="news" checked> Send me news</label>
  <button type="reset">Clear</button><button>Book now</button></form>`;

/** Forms: fields of all kinds, a login in two steps, an account behind it. */
export const BOOKING: Site = {
  '/': `<!doctype html><title>Lakeside boats</title><h1>Lakeside boats</h1><p><a href="/book">Book a boat</a> <a href="/account">My bookings</a></p>`,
  '/book': form(),
  '/booked': ({ form: sent }) => `<!doctype html><title>Booked</title><h1>Thank you</h1><p role="status">Your boat is booked.</p>
    <dl>${[...sent].map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('')}</dl>`,
  '/account': ({ cookie }) =>
    cookie.includes(SESSION)
      ? `<!doctype html><title>My bookings</title><h1>My bookings</h1><a href="/out">Log out</a>
        <table><tr><th>Boat</th><th>Day</th></tr><tr><td>Kayak</td><td>2026-12-01</td></tr><tr><td>Rowing boat</td><td>2026-12-24</td></tr></table>`
      : { goTo: '/login' },
  '/login': `<!doctype html><title>Log in</title><h1>Log in</h1><form method="post" action="/login/password"><label>Username <input name="user"></label><button>Continue</button></form>`,
  '/login/password': ({ form: sent }) =>
    `<!doctype html><title>Log in</title><h1>Log in</h1><form method="post" action="/login/check"><input type="hidden" name="user" value="${sent.get('user')}">
    <label>Password <input type="password" name="password"></label><button>Log in</button></form>`,
  '/login/check': ({ form: sent }) =>
    sent.get('user') === 'ada' && sent.get('password') === 'difference'
      ? { goTo: '/account', cookie: SESSION }
      : `<!doctype html><title>Log in</title><p role="alert">Wrong name or password.</p><form method="post" action="/login/password"><label>Username <input name="user"></label><button>Continue</button></form>`,
};
