//! Checks over trees of resources: over HTTP and in the process, of what was asked before and of what
//! nobody has asked yet.
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use serde_json::json;
use vestibule_access::checks;
use vestibule_access::resources::Name;
use vestibule_kernel::context::FlowCx;
use vestibule_kernel::environment;
use vestibule_kernel::id::{AuthorizationResourceId, OrganizationMembershipId};

use crate::client::{self, load, now, request};
use crate::server::{Bare, Server};
use crate::tree::{
    self, ASSIGNMENTS_EACH, Assignment, MEMBERS_EACH, RESOURCES_EACH, ROLES, Spread, member_id,
    organization_id, resource_id,
};
use crate::{TIME, call, engines, fill, goal, row, say};

/// How many questions are asked again and again, and how many once each in the process.
const WARM: usize = 10_000;
const COLD: usize = 20_000;
/// How many rows one transaction of the loading writes.
const BATCH: usize = 100_000;

type Told<T> = Result<T, String>;

fn told<E: std::fmt::Debug>(error: E) -> String {
    format!("{error:?}")
}

/// Some instant.
fn millis(n: usize) -> i64 {
    i64::try_from(n).unwrap_or_default()
}

/// What is measured at one size.
struct Sizes {
    warm: Duration,
    cold: Duration,
    /// How many of the first questions were answered with yes.
    yes: usize,
}

/// How many questions are asked of a file of which nothing is in memory.
const FROM_DISK: usize = 2_000;

/// Measures trees of each of these sizes, in a folder each.
pub async fn measure(path: &Path, sizes: &[usize]) -> Told<()> {
    let mut found = Vec::new();
    for size in sizes {
        let folder = path.join(format!("authorization-{size}"));
        let sizes = one_size(&folder, *size).await?;
        // It may be large.
        std::fs::remove_dir_all(&folder).map_err(told)?;
        found.push(sizes);
    }
    if let (Some(small), Some(large)) = (found.first(), found.last()) {
        let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
        let cold = ratio(large.cold, small.cold);
        goal("cold check, the largest tree over the smallest", cold, "×", "≤ 2", cold <= 2.0);
        let warm = ratio(large.warm, small.warm);
        goal("warm check, the largest tree over the smallest", warm, "×", "≤ 2", warm <= 2.0);
    }
    Ok(())
}

async fn one_size(folder: &Path, resources: usize) -> Told<Sizes> {
    let server = Server::start(folder).await?;
    set_up(&server).await?;
    let key = server.key.clone();
    drop(server);
    let started = now();
    let data = folder.to_owned();
    tokio::task::spawn_blocking(move || fill_tree(&data, resources)).await.map_err(told)??;
    let size = std::fs::metadata(folder.join("vestibule.db")).map_err(told)?.len() / 1_000_000;
    say(&format!(
        "\n{resources} resources and {} assignments loaded in {:.1} s, {size} MB",
        resources * ASSIGNMENTS_EACH,
        started.elapsed().as_secs_f64()
    ));
    let data = folder.to_owned();
    let sizes =
        tokio::task::spawn_blocking(move || in_process(&data, resources)).await.map_err(told)??;
    over_http(folder, &key, resources).await?;
    engines::measure(resources, sizes.yes)?;
    Ok(sizes)
}

/// Types, roles and permissions; the tree comes by SQL, since a request for each row would take days.
async fn set_up(server: &Server) -> Told<()> {
    let post = |path: &'static str, body: serde_json::Value| async move {
        call(server, "POST", path, &body).await
    };
    let node = json!({ "slug": "node", "name": "Node", "parents": ["organization", "node"] });
    post("/vestibule/v1/resource_types", node).await?;
    for slug in ["viewer", "editor"] {
        let role = json!({ "slug": slug, "name": slug, "resource_type_slug": "node" });
        post("/authorization/roles", role).await?;
    }
    for slug in ["node:read", "node:edit"] {
        let permission = json!({ "slug": slug, "name": slug, "resource_type_slug": "node" });
        post("/authorization/permissions", permission).await?;
    }
    let read = json!({ "slug": "node:read" });
    post("/authorization/roles/viewer/permissions", read).await?;
    let edit = json!({ "slug": "node:edit" });
    post("/authorization/roles/editor/permissions", edit).await.map(|_| ())
}

/// Writes organizations with trees of depth five, members, and roles that they hold on resources.
fn fill_tree(folder: &Path, resources: usize) -> Told<()> {
    let db = Connection::open(folder.join("vestibule.db")).map_err(told)?;
    db.execute_batch(
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000; PRAGMA foreign_keys = OFF;",
    )
    .map_err(told)?;
    let environment: String =
        db.query_row("SELECT id FROM environments", [], |row| row.get(0)).map_err(told)?;
    let mut filler = Filler { db: &db, environment, rows: 0 };
    filler.begin()?;
    let roles = [filler.role(0)?, filler.role(1)?];
    let values = params![TYPE, filler.environment.clone()];
    filler.run(
        "INSERT INTO resource_type_numbers (number, environment_id, slug) VALUES (?1, ?2, 'node')",
        values,
    )?;
    for organization in 0..resources.div_ceil(RESOURCES_EACH) {
        filler.organization(organization)?;
    }
    for n in 0..resources {
        filler.resource(n)?;
    }
    // One organization after another, as rows that come over years are not, but as a copy would have
    // them.
    for (n, it) in tree::assignments(resources).enumerate() {
        filler.assignment(n, &it, roles[it.role])?;
    }
    filler.end()?;
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);").map_err(told)
}

/// The number of the only type.
const TYPE: i64 = 1;

/// The number of the nth organization or resource. Those of members come after the roles'.
fn number(n: usize) -> i64 {
    millis(n + 1)
}

fn number_of_member(n: usize) -> i64 {
    number(ROLES.len() + n)
}

struct Filler<'a> {
    db: &'a Connection,
    environment: String,
    rows: usize,
}

impl Filler<'_> {
    fn begin(&self) -> Told<()> {
        self.db.execute_batch("BEGIN").map_err(told)
    }
    fn end(&self) -> Told<()> {
        self.db.execute_batch("COMMIT").map_err(told)
    }
    fn run(&mut self, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Told<()> {
        self.rows += 1;
        if self.rows.is_multiple_of(BATCH) {
            self.end()?;
            self.begin()?;
        }
        let mut statement = self.db.prepare_cached(sql).map_err(told)?;
        statement.execute(values).map(|_| ()).map_err(told)
    }
    fn key(&mut self, number: i64, key: &str) -> Told<()> {
        let environment = self.environment.clone();
        self.run(
            "INSERT INTO assignment_keys (number, environment_id, key) VALUES (?1, ?2, ?3)",
            params![number, environment, key],
        )
    }
    fn role(&mut self, n: usize) -> Told<i64> {
        let find = "SELECT id FROM roles WHERE slug = ?1";
        let id: String = self.db.query_row(find, [ROLES[n]], |row| row.get(0)).map_err(told)?;
        self.key(number(n), &id)?;
        Ok(number(n))
    }
    fn organization(&mut self, n: usize) -> Told<()> {
        let (environment, id) = (self.environment.clone(), organization_id(n * RESOURCES_EACH));
        self.run(
            "INSERT INTO organization_numbers (number, environment_id, organization_id)
             VALUES (?1, ?2, ?3)",
            params![number(n), environment, id],
        )?;
        self.run(
            "INSERT INTO organizations (environment_id, id, name, name_folded,
                 allow_profiles_outside_organization, metadata, created_at, updated_at)
             VALUES (?1, ?2, 'Bench', 'bench', FALSE, '{}', ?3, ?3)",
            params![environment, id, millis(n)],
        )?;
        for member in n * MEMBERS_EACH..(n + 1) * MEMBERS_EACH {
            self.key(number_of_member(member), &member_id(member))?;
            self.run(
                "INSERT INTO organization_memberships (environment_id, id, user_id, organization_id,
                     status, directory_managed, custom_attributes, created_at, updated_at, number,
                     organization)
                 VALUES (?1, ?2, ?3, ?4, 'active', FALSE, '{}', ?5, ?5, ?6, ?7)",
                params![
                    environment,
                    member_id(member),
                    format!("user_{member}"),
                    id,
                    millis(member),
                    number_of_member(member),
                    number(n)
                ],
            )?;
        }
        Ok(())
    }
    fn resource(&mut self, n: usize) -> Told<()> {
        let organization = number(n / RESOURCES_EACH);
        let above: Vec<i64> = tree::above(n).into_iter().map(number).collect();
        let parent = above.first().map_or(-organization, |it| *it);
        let ancestors = tree::in_a_row(&above);
        let environment = self.environment.clone();
        self.run(
            "INSERT INTO authorization_resources (number, environment_id, id, organization_id,
                 organization, type, external_id, name, parent, ancestors, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'Bench', ?8, ?9, ?10, ?10)",
            params![
                number(n),
                environment,
                resource_id(n),
                organization_id(n),
                organization,
                TYPE,
                n.to_string(),
                parent,
                ancestors,
                millis(n)
            ],
        )
    }
    fn assignment(&mut self, n: usize, it: &Assignment, role: i64) -> Told<()> {
        self.run(
            "INSERT INTO assigned_roles (membership, resource, role, id, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (membership, resource, role) DO NOTHING",
            params![
                number_of_member(it.member),
                number(it.resource),
                role,
                format!("{n:026}"),
                millis(n)
            ],
        )
    }
}

/// The program in this process.
struct Here(FlowCx);

impl Here {
    fn open(folder: &Path) -> Told<Self> {
        let app = fill::open(folder).map_err(told)?;
        let first = environment::list(app.db()).map_err(told)?;
        Ok(Self(app.system(&first.first().ok_or("there is no environment")?.id)))
    }
    /// A check in a transaction of its own, as a request has it.
    fn check(&self, (member, resource): &(String, String)) -> Told<(Duration, bool)> {
        let member = OrganizationMembershipId::parse(member).map_err(told)?;
        let resource = AuthorizationResourceId::parse(resource).map_err(told)?;
        let began = Instant::now();
        let done = self.0.read(|cx| checks::check(cx, &member, "node:edit", Name::Id(&resource)));
        let yes = done.map_err(told)?;
        Ok((began.elapsed(), yes))
    }
    /// Checks that nobody has asked for before: the times, sorted, and how many said yes.
    fn ask_anew(
        &self,
        spread: &mut Spread,
        resources: usize,
        count: usize,
    ) -> Told<(Vec<Duration>, usize)> {
        let (mut times, mut yes) = (Vec::with_capacity(count), 0);
        for _ in 0..count {
            let (took, allowed) = self.check(&question(spread, resources))?;
            times.push(took);
            yes += usize::from(allowed);
        }
        times.sort_unstable();
        Ok((times, yes))
    }
}

/// Has the system keep the whole file in memory, as it does with what is asked for all the time, if
/// there is room for it.
fn warm_up(file: &Path) -> Told<()> {
    let mut file = std::fs::File::open(file).map_err(told)?;
    std::io::copy(&mut file, &mut std::io::sink()).map(|_| ()).map_err(told)
}

/// Has the system forget what it keeps of a file.
fn forget(file: &Path) -> Told<()> {
    let name = format!("if={}", file.display());
    let done = Command::new("dd").args([&name, "iflag=nocache", "count=0", "status=none"]).status();
    if done.map_err(told)?.success() { Ok(()) } else { Err("dd failed".to_owned()) }
}

/// Checks on one thread.
fn in_process(folder: &Path, resources: usize) -> Told<Sizes> {
    let file = folder.join("vestibule.db");
    warm_up(&file)?;
    let here = Here::open(folder)?;
    let mut spread = Spread(5);
    let (cold, yes) = here.ask_anew(&mut spread, resources, COLD)?;
    let asked: Vec<_> = (0..WARM).map(|_| question(&mut spread, resources)).collect();
    for it in &asked {
        here.check(it)?;
    }
    let (began, mut count) = (now(), 0_u32);
    while began.elapsed() < TIME {
        for it in &asked {
            here.check(it)?;
            count += 1;
        }
    }
    let warm = began.elapsed() / count;
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    let micros = |it: Duration| it.as_secs_f64() * 1e6;
    let (p50, p99) = (cold[COLD / 2], cold[COLD * 99 / 100]);
    say(&format!(
        "check in the process, cold: p50 {:.1} µs, p99 {:.1} µs",
        micros(p50),
        micros(p99)
    ));
    drop(here);
    forget(&file)?;
    let (disk, _) = Here::open(folder)?.ask_anew(&mut spread, resources, FROM_DISK)?;
    say(&format!(
        "the same with nothing of the file in memory at first: p50 {:.1} µs, p99 {:.1} µs",
        micros(disk[FROM_DISK / 2]),
        micros(disk[FROM_DISK * 99 / 100])
    ));
    warm_up(&file)?;
    goal("cold check in the process, p99", micros(p99), " µs", "< 200", micros(p99) < 200.0);
    goal("warm checks in the process, one core", rate, "/s", "≥ 250000", rate >= 250_000.0);
    Ok(Sizes { warm, cold: p50, yes })
}

/// A question of the tree by its ids.
fn question(spread: &mut Spread, resources: usize) -> (String, String) {
    let (member, resource) = tree::question(spread, resources);
    (member_id(member), resource_id(resource))
}

/// Checks over HTTP at 32 connections, beside the bare server.
async fn over_http(folder: &Path, key: &str, resources: usize) -> Told<()> {
    let server = Server::start(folder).await?;
    let bare = Bare::start(&json!({ "authorized": true }).to_string())?;
    let get = request("GET", "/organizations/1", key, "");
    let asked = |seed: u64, distinct: usize| {
        let key = key.to_owned();
        move |connection: usize, n: usize, _: Option<&client::Answer>| {
            let nth = ((n << 5) | connection) % distinct;
            let mut spread = Spread(seed.wrapping_add(nth as u64 * 77));
            let (member, resource) = question(&mut spread, resources);
            let path = format!("/authorization/organization_memberships/{member}/check");
            let body = json!({ "permission_slug": "node:edit", "resource_id": resource });
            request("POST", &path, &key, &body.to_string())
        }
    };
    let mut ratios = Vec::new();
    for seed in 0..3 {
        let get = get.clone();
        let of_bare = load(&bare.address, 32, TIME, move |_, _, _| get.clone()).await;
        let cold = load(&server.address, 32, TIME, asked(seed << 40, usize::MAX)).await;
        ask_each(&server.address, asked(seed, WARM)).await?;
        let warm = load(&server.address, 32, TIME, asked(seed, WARM)).await;
        ratios.push((warm.rate / of_bare.rate, of_bare, cold, warm));
    }
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (share, of_bare, cold, warm) = &ratios[1];
    row("bare axum server, 32 connections", of_bare);
    row("check, asked for the first time, 32 connections", cold);
    row("check, asked before, 32 connections", warm);
    let millis = cold.p99.max(warm.p99).as_secs_f64() * 1000.0;
    goal("checks, of the bare server's rate", share * 100.0, " %", "≥ 40", *share >= 0.4);
    goal("p99 of checks", millis, " ms", "< 3", millis < 3.0);
    Ok(())
}

/// Asks each of the questions that are then asked again: in a large tree nobody gets through them in a
/// given time.
async fn ask_each<F>(address: &str, asked: F) -> Told<()>
where
    F: Fn(usize, usize, Option<&client::Answer>) -> Vec<u8>,
{
    let mut client = client::Client::connect(address).await.map_err(told)?;
    for n in 0..WARM {
        client.send(&asked(n % 32, n / 32, None)).await.map_err(told)?;
    }
    Ok(())
}
