// A single-page application that signs its visitors in with oidc-client-ts.
import { UserManager } from 'oidc-client-ts';
import { forApi, forOrganization, frameSettings, refresh, users } from './oidc.mjs';

const { ORGANIZATION_ID } = await (await fetch('/settings.json')).json();
const main = document.querySelector('main');

function action(name, act) {
  const link = Object.assign(document.createElement('a'), { href: '#', textContent: name });
  link.addEventListener('click', act);
  main.append(link);
}

async function home() {
  const user = await users.getUser();
  if (!user) return action('Sign in', () => users.signinRedirect());
  main.append(`Hello ${user.profile.name} (${user.profile.sub}). `);
  action('Sign out', () => users.signoutRedirect());
}

async function callback() {
  // Undefined in the hidden frame, where it tells the page around it.
  if (await users.signinCallback()) location.replace('/');
}

const show = async (tokens) => main.append(JSON.stringify(await tokens));

/** Signs in without a word, and shows what the library fetches by itself a second later. */
async function frame() {
  const silent = new UserManager({ ...frameSettings, accessTokenExpiringNotificationTimeInSeconds: 3599 });
  const first = await silent.signinSilent();
  silent.events.addUserLoaded((user) => {
    silent.stopSilentRenew();
    show({ access_token: user.access_token, renewed: user.access_token !== first.access_token, refresh_token: user.refresh_token });
  });
}

const pages = {
  '/': home,
  '/callback': callback,
  '/refresh': () => show(refresh()),
  '/resource': () => show(forApi()),
  '/organization': () => show(forOrganization(ORGANIZATION_ID)),
  '/frame': frame,
};

pages[location.pathname]().catch((error) => main.append(`Something failed: ${error}`));
