import { html } from '../html.js';
import { localPath } from '../http.js';
import { DEMO_ACCOUNT } from '../visits.js';
import { layout } from './layout.js';
const form = ({ visit, next, email, isWrong }) => layout({
    title: 'Sign in',
    visit,
    body: html `<section class="narrow">
      <h1>Sign in</h1>
      ${isWrong === true && html `<p class="error" role="alert">No account has this e-mail address and password.</p>`}
      <form method="post" action="/login" class="stacked">
        <input type="hidden" name="next" value="${next}">
        <label>E-mail address <input type="email" name="email" value="${email ?? ''}" autocomplete="username" required></label>
        <label>Password <input type="password" name="password" autocomplete="current-password" required></label>
        <button>Sign in</button>
      </form>
      <p class="hint">For the demonstration: <code>${DEMO_ACCOUNT.email}</code> with <code>${DEMO_ACCOUNT.password}</code></p>
    </section>`,
});
export const loginPage = ({ query, visit }) => {
    const next = localPath(query.get('next'));
    return visit?.member === undefined ? { page: form({ visit, next }) } : { goTo: next };
};
export const signIn = ({ form: fields, visit }, visits) => {
    const next = localPath(fields.get('next'));
    const email = fields.get('email') ?? '';
    const signedIn = visits.signIn(email, fields.get('password') ?? '', visit);
    if (signedIn === undefined)
        return { status: 401, page: form({ visit, next, email, isWrong: true }) };
    return { goTo: next, visitId: signedIn.id };
};
export const signOut = ({ visit }, visits) => {
    if (visit !== undefined)
        visits.signOut(visit);
    return { goTo: '/', visitId: null };
};
//# sourceMappingURL=account.js.map