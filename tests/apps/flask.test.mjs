import { flask } from './applications.mjs';
import { tokenInFernet } from './sealed.mjs';
import { walk, walkWithSealedCookie, walkWithTerminalReasons } from './walks.mjs';

const all = walk(flask, { refused: (person, reason) => person.isTold(reason) });

walkWithSealedCookie(all, { tokenIn: tokenInFernet });
walkWithTerminalReasons(all);
