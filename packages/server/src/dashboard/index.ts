export { dashboardPage, PAGE_DIRECTORY } from './page.js';
export { signInLink, signInRoutes } from './routes.js';
