// Every screen as most people see it.

import { fitsInEach } from './screens.mjs';

fitsInEach('en');
