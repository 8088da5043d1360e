// A clock that tests move, in place of waiting: libfaketime shows it to every process that is started with its environment.

import assert from 'node:assert/strict';
import { globSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const library = globSync(['/usr/lib/*/faketime/libfaketimeMT.so.1', '/usr/lib/faketime/libfaketimeMT.so.1'])[0];

export class Clock {
  constructor() {
    assert.ok(library, 'libfaketime must be installed; ./test installs it');
    this.folder = mkdtempSync(join(tmpdir(), 'vestibule-clock-'));
    this.file = join(this.folder, 'now');
    this.aheadSeconds = 0;
    this.#write();
  }

  /** What a process must be started with to go by this clock. Timers go on as they are. */
  get env() {
    return { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: this.file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  }

  advance({ minutes }) {
    this.aheadSeconds += minutes * 60;
    this.#write();
  }

  /** How many half minutes it is ahead, which is how authenticator apps count. */
  get steps() {
    return this.aheadSeconds / 30;
  }

  stop() {
    rmSync(this.folder, { recursive: true });
  }

  #write() {
    // In one step: a reader never sees an empty file.
    writeFileSync(`${this.file}.new`, `+${this.aheadSeconds}`);
    renameSync(`${this.file}.new`, this.file);
  }
}
