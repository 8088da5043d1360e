//! What a check and a write cost in tables of other forms, over the same trees, on a bare SQLite file:
//! the ids of all above in a resource's row, a row for each (a closure table), and numbers in the
//! place of ids, as it stands.
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Row, ToSql, params_from_iter};

use crate::say;
use crate::tree::{self, ASSIGNMENTS_EACH, ROLES, Spread, member_id, organization_id, resource_id};

/// How many questions are asked, each once.
const QUESTIONS: usize = 20_000;

type Told<T> = Result<T, String>;
type Values = Vec<Box<dyn ToSql>>;

fn told<E: std::fmt::Display>(error: E) -> String {
    error.to_string()
}

/// One form of the tables.
struct Layout {
    name: &'static str,
    schema: &'static str,
    /// The rows of a resource.
    resource: fn(usize) -> Vec<(&'static str, Values)>,
    /// The row of a role that a member holds on a resource.
    assignment: (&'static str, fn(&tree::Assignment) -> Values),
    /// Whether a member holds a role on a resource or above it, in one statement or two.
    check: fn(&Connection, usize, usize) -> rusqlite::Result<bool>,
}

/// What all rows begin with, as ours do.
const ENVIRONMENT: &str = "environment_00000000000000000000000000";

const OF_IDS: &str = "
    CREATE TABLE resources (environment TEXT, id TEXT, organization TEXT, parent TEXT, ancestors TEXT,
        PRIMARY KEY (environment, id));
    CREATE INDEX resources_of_parent ON resources (environment, parent, id);
    CREATE TABLE assignments (environment TEXT, member TEXT, resource TEXT, role TEXT,
        PRIMARY KEY (environment, member, resource, role));
    CREATE INDEX assignments_on ON assignments (environment, resource);";

const OF_CLOSURE: &str = "
    CREATE TABLE resources (environment TEXT, id TEXT, organization TEXT, parent TEXT,
        PRIMARY KEY (environment, id));
    CREATE INDEX resources_of_parent ON resources (environment, parent, id);
    CREATE TABLE closure (environment TEXT, resource TEXT, ancestor TEXT,
        PRIMARY KEY (environment, resource, ancestor));
    CREATE INDEX closure_below ON closure (environment, ancestor, resource);
    CREATE TABLE assignments (environment TEXT, member TEXT, resource TEXT, role TEXT,
        PRIMARY KEY (environment, member, resource, role));
    CREATE INDEX assignments_on ON assignments (environment, resource);";

const OF_NUMBERS: &str = "
    CREATE TABLE resources (number INTEGER PRIMARY KEY, environment TEXT, id TEXT, organization TEXT,
        organization_number INTEGER, parent INTEGER, ancestors TEXT);
    CREATE UNIQUE INDEX resources_by_id ON resources (id, organization_number);
    CREATE INDEX resources_of_parent ON resources (parent);
    CREATE TABLE keys (number INTEGER PRIMARY KEY, environment TEXT, key TEXT,
        UNIQUE (environment, key));
    CREATE TABLE assignments (member INTEGER, resource INTEGER, role INTEGER,
        PRIMARY KEY (member, resource, role)) WITHOUT ROWID;
    CREATE INDEX assignments_on ON assignments (resource, role);";

const LAYOUTS: [Layout; 3] = [
    Layout {
        name: "ids of all above in the row",
        schema: OF_IDS,
        resource: |n| vec![resource_with_ancestors(n)],
        assignment: (INSERT_OF_IDS, assignment_of_ids),
        check: |db, member, resource| {
            let path = path(db, resource)?;
            let sql = "SELECT 1 FROM assignments WHERE environment = ?1 AND member = ?2
                       AND resource IN (?3, ?4, ?5, ?6, ?7, ?8) AND role = ?9 LIMIT 1";
            let role = ROLES[1].to_owned();
            let asked = [ENVIRONMENT.to_owned(), member_id(member)];
            exists(db, sql, asked.into_iter().chain(path).chain([role]))
        },
    },
    Layout {
        name: "a row for each above (closure)",
        schema: OF_CLOSURE,
        resource: |n| {
            let insert = "INSERT INTO resources VALUES (?1, ?2, ?3, ?4)";
            let row = [ENVIRONMENT.into(), resource_id(n), organization_id(n), parent(n)];
            let closure = std::iter::once(resource_id(n)).chain(ancestors(n)).map(|above| {
                let insert = "INSERT INTO closure VALUES (?1, ?2, ?3)";
                (insert, boxed([ENVIRONMENT.into(), resource_id(n), above]))
            });
            std::iter::once((insert, boxed(row))).chain(closure).collect()
        },
        assignment: (INSERT_OF_IDS, assignment_of_ids),
        check: |db, member, resource| {
            let sql = "SELECT 1 FROM closure c CROSS JOIN assignments a
                       WHERE c.environment = ?1 AND c.resource = ?3 AND a.environment = ?1
                         AND a.member = ?2 AND a.resource = c.ancestor AND a.role = ?4 LIMIT 1";
            let role = ROLES[1].to_owned();
            let id = resource_id(resource);
            exists(db, sql, [ENVIRONMENT.to_owned(), member_id(member), id, role])
        },
    },
    Layout {
        name: "numbers of all above in the row",
        schema: OF_NUMBERS,
        resource: |n| {
            let above: Vec<i64> = tree::above(n).into_iter().map(number).collect();
            let organization = number(n / tree::RESOURCES_EACH);
            let parent = above.first().map_or(-organization, |it| *it);
            let ancestors = tree::in_a_row(&above);
            let row: Values = vec![
                Box::new(number(n)),
                Box::new(ENVIRONMENT),
                Box::new(resource_id(n)),
                Box::new(organization_id(n)),
                Box::new(organization),
                Box::new(parent),
                Box::new(ancestors),
            ];
            vec![("INSERT INTO resources VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", row)]
        },
        // Roles need no key here: there are two, and everywhere the same.
        assignment: (
            "INSERT OR IGNORE INTO assignments VALUES (
               (SELECT number FROM keys WHERE environment = ?1 AND key = ?2), ?3, ?4)",
            |it| {
                let mut values: Values = boxed([ENVIRONMENT.into(), member_id(it.member)]);
                values.push(Box::new(number(it.resource)));
                values.push(Box::new(i64::try_from(it.role).unwrap_or_default()));
                values
            },
        ),
        check: |db, member, resource| {
            let sql = "SELECT number, organization_number, ancestors FROM resources
                       WHERE environment = ?1 AND id = ?2";
            let read = |row: &Row<'_>| -> rusqlite::Result<(i64, i64, String)> {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            };
            let (own, organization, above) =
                db.prepare_cached(sql)?.query_one([ENVIRONMENT, &resource_id(resource)], read)?;
            let above = above.split_whitespace().filter_map(|it| it.parse().ok());
            let mut path: Vec<i64> = std::iter::once(own).chain(above).collect();
            path.resize(tree::DEPTH + 1, -organization);
            let sql = "SELECT 1 FROM assignments
                       WHERE member = (SELECT number FROM keys WHERE environment = ?1 AND key = ?2)
                         AND resource IN (?3, ?4, ?5, ?6, ?7, ?8) AND role = 1 LIMIT 1";
            let mut values = boxed([ENVIRONMENT.to_owned(), member_id(member)]);
            values.extend(path.into_iter().map(|it| Box::new(it) as Box<dyn ToSql>));
            db.prepare_cached(sql)?.exists(params_from_iter(values))
        },
    },
];

/// The number of the nth of something.
fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or_default() + 1
}

const INSERT_OF_IDS: &str = "INSERT OR IGNORE INTO assignments VALUES (?1, ?2, ?3, ?4)";

fn assignment_of_ids(it: &tree::Assignment) -> Values {
    let role = ROLES[it.role].to_owned();
    boxed([ENVIRONMENT.into(), member_id(it.member), resource_id(it.resource), role])
}

fn boxed(values: impl IntoIterator<Item = String>) -> Values {
    values.into_iter().map(|it| Box::new(it) as Box<dyn ToSql>).collect()
}

/// The keys above a resource, the organization last.
fn ancestors(n: usize) -> impl Iterator<Item = String> {
    tree::above(n).into_iter().map(resource_id).chain([organization_id(n)])
}

fn parent(n: usize) -> String {
    ancestors(n).next().unwrap_or_default()
}

fn resource_with_ancestors(n: usize) -> (&'static str, Values) {
    let above: Vec<String> = ancestors(n).collect();
    let row = [ENVIRONMENT.into(), resource_id(n), organization_id(n), parent(n), above.join(" ")];
    ("INSERT INTO resources VALUES (?1, ?2, ?3, ?4, ?5)", boxed(row))
}

/// A resource and all above it out of its row, six in all: the last one again where there are fewer.
fn path(db: &Connection, resource: usize) -> rusqlite::Result<Vec<String>> {
    let id = resource_id(resource);
    let sql = "SELECT ancestors FROM resources WHERE environment = ?1 AND id = ?2";
    let above: String = db.prepare_cached(sql)?.query_one([ENVIRONMENT, &id], |row| row.get(0))?;
    let mut path = vec![id];
    path.extend(above.split(' ').map(str::to_owned));
    let last = path[path.len() - 1].clone();
    path.resize(tree::DEPTH + 1, last);
    Ok(path)
}

fn exists(
    db: &Connection,
    sql: &str,
    values: impl IntoIterator<Item = String>,
) -> rusqlite::Result<bool> {
    db.prepare_cached(sql)?.exists(params_from_iter(values))
}

/// Writes a tree of so many resources in each of these forms, and asks.
pub fn measure(folder: &Path, resources: usize) -> Told<()> {
    say(&format!("\n{resources} resources, {} roles held", resources * ASSIGNMENTS_EACH));
    let mut answers = Vec::new();
    for layout in &LAYOUTS {
        let file = folder.join("layout.db");
        let yes = one(&file, layout, resources).map_err(told)?;
        answers.push(yes);
        for end in ["", "-wal", "-shm"] {
            std::fs::remove_file(folder.join(format!("layout.db{end}"))).ok();
        }
    }
    if answers.iter().any(|it| *it != answers[0]) {
        return Err(format!("the layouts do not agree: {answers:?} times yes"));
    }
    Ok(())
}

fn one(file: &Path, layout: &Layout, resources: usize) -> rusqlite::Result<usize> {
    let db = Connection::open(file)?;
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;")?;
    db.execute_batch(layout.schema)?;
    let began = Instant::now();
    db.execute_batch("BEGIN")?;
    if layout.schema == OF_NUMBERS {
        let members = resources.div_ceil(tree::RESOURCES_EACH) * tree::MEMBERS_EACH;
        let keys = (0..members).map(member_id).map(|it| [ENVIRONMENT.to_owned(), it]);
        for it in keys {
            db.prepare_cached("INSERT INTO keys (environment, key) VALUES (?1, ?2)")?
                .execute(it)?;
        }
    }
    for n in 0..resources {
        for (sql, values) in (layout.resource)(n) {
            db.prepare_cached(sql)?.execute(params_from_iter(values))?;
        }
    }
    db.execute_batch("COMMIT")?;
    let written = began.elapsed();
    let began = Instant::now();
    db.execute_batch("BEGIN")?;
    for it in tree::assignments(resources) {
        let (sql, values) = layout.assignment;
        db.prepare_cached(sql)?.execute(params_from_iter(values(&it)))?;
    }
    db.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE);")?;
    let assigned = began.elapsed();
    drop(db);
    let bytes = std::fs::metadata(file).map_or(0, |it| it.len());
    let (times, yes) = ask(file, layout, resources)?;
    let micros = |it: Duration, count: usize| {
        it.as_secs_f64() * 1e6 / f64::from(u32::try_from(count).unwrap_or(u32::MAX))
    };
    say(&format!(
        "{:<42}{:>6} MB  resource {:>5.1} µs, assignment {:>5.1} µs  check p50 {:>5.1}, p99 {:>6.1} µs",
        layout.name,
        bytes / 1_000_000,
        micros(written, resources),
        micros(assigned, resources * ASSIGNMENTS_EACH),
        micros(times[times.len() / 2], 1),
        micros(times[times.len() * 99 / 100], 1),
    ));
    Ok(yes)
}

/// The times of the questions, sorted, and how many were answered with yes.
fn ask(file: &Path, layout: &Layout, resources: usize) -> rusqlite::Result<(Vec<Duration>, usize)> {
    let db = Connection::open(file)?;
    let mut spread = Spread(5);
    let (mut times, mut yes) = (Vec::with_capacity(QUESTIONS), 0);
    for _ in 0..QUESTIONS {
        let (member, resource) = tree::question(&mut spread, resources);
        let began = Instant::now();
        let allowed = (layout.check)(&db, member, resource)?;
        times.push(began.elapsed());
        yes += usize::from(allowed);
    }
    times.sort_unstable();
    Ok((times, yes))
}
