//! Limits that are reached by thousands of calls a minute, counted in memory.
//!
//! A row for each call would cost more than the call. So each node counts by itself, and where there
//! are several, tells the others what it has counted, once a second, of what comes anywhere near its
//! limit. What all nodes together let through is therefore exact to a second of their traffic and a
//! twentieth of the limit for each of them. Where there is one node it is exact.
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::{EVERYWHERE, Limit, RateLimits};
use crate::db::Tx;
use crate::secret::digest_of;
use crate::time::Time;
use crate::{App, Result};

/// How many windows are kept. Beyond it, and until the first of them end, no further ones are begun:
/// whoever comes from so many places is held up by other limits.
const WINDOWS_MAX: usize = 200_000;
/// For how long what an environment has set is believed to be unchanged.
const SETTINGS_MILLIS: i64 = 1000;
/// How often nodes tell each other what they have counted.
pub const SHARE_EVERY: Duration = Duration::from_secs(1);
/// Which part of its limit a window must hold for it to be told.
const TOLD_PART: i64 = 20;

/// What this node has counted, and what it knows of the others.
#[derive(Default)]
pub(crate) struct Meters {
    hasher: RandomState,
    windows: Mutex<HashMap<u64, Window>>,
    settings: Mutex<HashMap<String, (Time, Arc<RateLimits>)>>,
}

struct Window {
    environment: String,
    name: &'static str,
    subject: String,
    uses_max: i64,
    start: i64,
    length: i64,
    /// Counted here.
    own: i64,
    /// The part of it that the others were told.
    told: i64,
    /// What the others have told.
    others: i64,
}

impl Meters {
    /// What an environment has set.
    pub(super) fn settings(
        &self,
        tx: &mut dyn Tx,
        now: Time,
        environment: &str,
    ) -> Result<Arc<RateLimits>> {
        if environment == EVERYWHERE {
            return Ok(Arc::default());
        }
        if let Some((at, known)) = self.settings.lock().get(environment)
            && (0..SETTINGS_MILLIS).contains(&(now.millis() - at.millis()))
        {
            return Ok(known.clone());
        }
        let found: Arc<RateLimits> = Arc::new(crate::setting::of(tx, environment)?);
        self.settings.lock().insert(environment.to_owned(), (now, found.clone()));
        Ok(found)
    }

    /// Forgets what an environment has set, because it has just been set anew.
    pub(super) fn forget_settings(&self, environment: &str) {
        self.settings.lock().remove(environment);
    }

    /// Counts a use; tells after how many seconds to come again when there were too many.
    pub(super) fn count(
        &self,
        now: Time,
        environment: &str,
        limit: &Limit,
        uses_max: i64,
        subject: &str,
    ) -> Option<i64> {
        let length = i64::from(limit.window) * 1000;
        let start = now.millis() - now.millis().rem_euclid(length);
        let key = self.hasher.hash_one((environment, limit.name, subject));
        let mut windows = self.windows.lock();
        if windows.len() >= WINDOWS_MAX && !windows.contains_key(&key) {
            windows.retain(|_, it| it.start + it.length > now.millis());
            if windows.len() >= WINDOWS_MAX {
                return None;
            }
        }
        let window = windows.entry(key).or_insert_with(|| Window {
            environment: environment.to_owned(),
            name: limit.name,
            subject: subject.to_owned(),
            uses_max,
            start,
            length,
            own: 0,
            told: 0,
            others: 0,
        });
        if window.start != start {
            (window.start, window.own, window.told, window.others) = (start, 0, 0, 0);
        }
        window.uses_max = uses_max;
        window.own += 1;
        let over = window.own + window.others > uses_max;
        over.then(|| (start + length - now.millis() + 999) / 1000)
    }

    /// What the others are to be told: the key of a window, and how much was counted since.
    fn untold(&self, now: Time) -> Vec<(u64, Told)> {
        let windows = self.windows.lock();
        let worth_telling = |it: &&Window| {
            it.start + it.length > now.millis()
                && it.own > it.told
                && it.own + it.others >= it.uses_max / TOLD_PART
        };
        let told = |it: &Window| Told {
            environment: it.environment.clone(),
            name: it.name,
            subject: it.subject.clone(),
            start: it.start,
            uses: it.own - it.told,
        };
        let all = windows.iter().filter(|it| worth_telling(&it.1));
        all.map(|(key, it)| (*key, told(it))).collect()
    }

    fn heard(&self, key: u64, told: &Told, all: i64) {
        if let Some(it) = self.windows.lock().get_mut(&key).filter(|it| it.start == told.start) {
            it.told += told.uses;
            it.others = (all - it.told).max(0);
        }
    }
}

/// What a node tells the others.
#[derive(Clone)]
struct Told {
    environment: String,
    name: &'static str,
    subject: String,
    start: i64,
    uses: i64,
}

/// Tells the other nodes what this one has counted, and hears what they have. Where there can be no
/// others it does nothing.
pub fn share(app: &App) -> Result<()> {
    if app.db().reads_inline() {
        return Ok(());
    }
    let untold = app.meters.untold(app.now());
    if untold.is_empty() {
        return Ok(());
    }
    let work = untold.clone();
    // Each row is changed by one statement, which adds: no other order of them ends otherwise.
    let all = app.db().write_locking(move |tx| {
        work.iter().map(|(_, it)| add(tx, it)).collect::<Result<Vec<i64>>>()
    })?;
    for ((key, told), all) in untold.iter().zip(all) {
        app.meters.heard(*key, told, all);
    }
    Ok(())
}

fn add(tx: &mut dyn Tx, it: &Told) -> Result<i64> {
    let values = [
        it.environment.as_str().into(),
        it.name.into(),
        digest_of(&it.subject).into(),
        it.start.into(),
        it.uses.into(),
    ];
    let sql = "INSERT INTO rate_limits (environment_id, name, subject_digest, window_start, uses)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (environment_id, name, subject_digest) DO UPDATE SET
                 uses = CASE WHEN rate_limits.window_start = $4 THEN rate_limits.uses + $5
                             ELSE $5 END,
                 window_start = $4
               RETURNING uses";
    let row = tx.first(sql, &values)?;
    row.map_or(Ok(it.uses), |mut row| row.take())
}

#[cfg(test)]
mod tests {
    use super::{Limit, Meters, Time, Told};

    const LIMIT: Limit = Limit { name: "x.calls", uses_max: 3, window: 10, code: "x" };

    fn at(millis: i64) -> Time {
        Time::from_millis(millis)
    }

    #[test]
    fn the_window_after_the_limit_begins_anew() {
        let meters = Meters::default();
        let count = |now| meters.count(at(now), "environment_1", &LIMIT, 3, "key_1");
        assert_eq!([count(0), count(1), count(9_000)], [None; 3]);
        assert_eq!([count(9_000), count(9_001)], [Some(1); 2]);
        assert_eq!(count(10_000), None);
        // Neither another key nor another environment is held up.
        for _ in 0..5 {
            count(10_001);
        }
        assert_eq!(meters.count(at(10_001), "environment_1", &LIMIT, 3, "key_2"), None);
        assert_eq!(meters.count(at(10_001), "environment_2", &LIMIT, 3, "key_1"), None);
    }

    #[test]
    fn what_other_nodes_have_counted_counts_here_too() {
        let (here, there) = (Meters::default(), Meters::default());
        let count = |it: &Meters| it.count(at(0), "environment_1", &LIMIT, 3, "key_1");
        assert_eq!([count(&here), count(&here), count(&there)], [None; 3]);
        let mut row = 0;
        for node in [&here, &there, &here] {
            for (key, told) in node.untold(at(1)) {
                let told: Told = told;
                row += told.uses;
                node.heard(key, &told, row);
            }
        }
        assert_eq!(row, 3, "each use is told once");
        assert_eq!(count(&there), Some(10));
        assert!(here.untold(at(10_000)).is_empty(), "what is over is told to nobody");
    }
}
