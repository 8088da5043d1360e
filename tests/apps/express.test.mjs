import { express } from './applications.mjs';
import { tokenInIron } from './sealed.mjs';
import { walk, walkWithSealedCookie, walkWithTerminalReasons } from './walks.mjs';

const all = walk(express, { refused: (person, reason) => person.isTold(reason) });

walkWithSealedCookie(all, { tokenIn: tokenInIron });
walkWithTerminalReasons(all);
