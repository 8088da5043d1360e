import { reactrouter } from './applications.mjs';
import { tokenInReactRouter } from './sealed.mjs';
import { walk, walkWithSealedCookie } from './walks.mjs';

const all = walk(reactrouter);

walkWithSealedCookie(all, {
  // The library sends whoever has no session to sign in.
  refused: (person) => person.sees('Sign in'),
  tokenIn: tokenInReactRouter,
});
