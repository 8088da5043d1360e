//! Checks over trees of resources: over HTTP and in the process, of what was asked before and of what
//! nobody has asked yet.
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use serde_json::json;
use vestibule_access::checks;
use vestibule_access::resources::Name;
use vestibule_kernel::environment;
use vestibule_kernel::id::{AuthorizationResourceId, OrganizationMembershipId};

use crate::client::{self, load, now, request};
use crate::server::{Bare, Server};
use crate::{TIME, call, fill, goal, row, say};

/// How deep each tree is, without its organization.
const DEPTH: usize = 5;
/// How many resources an organization has, and how many members.
const RESOURCES_EACH: usize = 1_000;
const MEMBERS_EACH: usize = 100;
/// How many roles are held on a resource, on the average.
const ASSIGNMENTS_EACH: usize = 10;
/// How many questions are asked again and again, and how many once each in the process.
const WARM: usize = 10_000;
const COLD: usize = 20_000;
/// How many rows one transaction of the loading writes.
const BATCH: usize = 100_000;

type Told<T> = Result<T, String>;

fn told<E: std::fmt::Debug>(error: E) -> String {
    format!("{error:?}")
}

/// A generator of numbers that are spread well enough, and the same in each run.
#[derive(Clone)]
struct Spread(u64);

impl Spread {
    fn below(&mut self, end: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((it ^ (it >> 31)) % end as u64).unwrap_or_default()
    }
}

fn resource_id(n: usize) -> String {
    format!("authz_resource_{n:026}")
}

fn member_id(organization: usize, n: usize) -> String {
    format!("om_{:026}", organization * MEMBERS_EACH + n)
}

/// Some instant.
fn millis(n: usize) -> i64 {
    i64::try_from(n).unwrap_or_default()
}

/// A question of the tree: a member and a resource of one organization.
fn question(spread: &mut Spread, resources: usize) -> (String, String) {
    let resource = spread.below(resources);
    let organization = resource / RESOURCES_EACH;
    (member_id(organization, spread.below(MEMBERS_EACH)), resource_id(resource))
}

/// What is measured at one size.
struct Sizes {
    warm: Duration,
    cold: Duration,
}

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
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;").map_err(told)?;
    let environment: String =
        db.query_row("SELECT id FROM environments", [], |row| row.get(0)).map_err(told)?;
    let role = |slug: &str| {
        db.query_row("SELECT id FROM roles WHERE slug = ?1", [slug], |row| row.get::<_, String>(0))
            .map_err(told)
    };
    let roles = [role("viewer")?, role("editor")?];
    let organizations = resources.div_ceil(RESOURCES_EACH);
    let mut filler = Filler { db: &db, environment, rows: 0 };
    filler.begin()?;
    for organization in 0..organizations {
        filler.organization(organization)?;
    }
    for n in 0..resources {
        filler.resource(n)?;
    }
    // In the order of the key, as rows that come over years are not, but as a copy would have them.
    let mut spread = Spread(11);
    for organization in 0..organizations {
        let first = organization * RESOURCES_EACH;
        let count = RESOURCES_EACH.min(resources - first);
        for n in 0..count * ASSIGNMENTS_EACH {
            let member = member_id(organization, spread.below(MEMBERS_EACH));
            let resource = resource_id(first + spread.below(count));
            filler.assignment((organization, n), &member, &resource, &roles[n % 2])?;
        }
    }
    filler.end()?;
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);").map_err(told)
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
    fn organization(&mut self, n: usize) -> Told<()> {
        let (environment, id) = (self.environment.clone(), format!("org_{n:026}"));
        self.run(
            "INSERT INTO organizations (environment_id, id, name, name_folded,
                 allow_profiles_outside_organization, metadata, created_at, updated_at)
             VALUES (?1, ?2, 'Bench', 'bench', FALSE, '{}', ?3, ?3)",
            params![environment, id, millis(n)],
        )?;
        for member in 0..MEMBERS_EACH {
            let user = format!("user_{n}_{member}");
            self.run(
                "INSERT INTO organization_memberships (environment_id, id, user_id, organization_id,
                     status, directory_managed, custom_attributes, created_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, 'active', FALSE, '{}', ?5, ?5)",
                params![environment, member_id(n, member), user, id, millis(member)],
            )?;
        }
        Ok(())
    }
    /// Resources of one organization are the nodes of trees in which each has three below it.
    fn resource(&mut self, n: usize) -> Told<()> {
        let organization = format!("org_{:026}", n / RESOURCES_EACH);
        let first = n - n % RESOURCES_EACH;
        let mut ancestors = String::new();
        let mut parent = organization.clone();
        let mut at = n - first;
        for depth in 0..DEPTH - 1 {
            // Those at the front are roots.
            if at < RESOURCES_EACH / 100 {
                break;
            }
            at = (at - RESOURCES_EACH / 100) / 3;
            let above = resource_id(first + at);
            if depth == 0 {
                parent.clone_from(&above);
            }
            ancestors.push_str(&above);
            ancestors.push(' ');
        }
        let (environment, id) = (self.environment.clone(), resource_id(n));
        self.run(
            "INSERT INTO authorization_resources (environment_id, id, organization_id,
                 resource_type_slug, external_id, name, parent_id, ancestors, created_at, updated_at)
             VALUES (?1, ?2, ?3, 'node', ?4, 'Bench', ?5, ?6, ?7, ?7)",
            params![environment, id, organization, n.to_string(), parent, ancestors, millis(n)],
        )
    }
    fn assignment(
        &mut self,
        (organization, n): (usize, usize),
        member: &str,
        resource: &str,
        role: &str,
    ) -> Told<()> {
        let environment = self.environment.clone();
        let id = format!("role_assignment_{organization:013}{n:013}");
        self.run(
            "INSERT INTO role_assignments (environment_id, id, membership_id, organization_id,
                 resource_id, role_id, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (environment_id, membership_id, resource_id, role_id) DO NOTHING",
            params![
                environment,
                id,
                member,
                format!("org_{organization:026}"),
                resource,
                role,
                millis(n)
            ],
        )
    }
}

/// Checks on one thread, each in a transaction of its own, as a request has it.
fn in_process(folder: &Path, resources: usize) -> Told<Sizes> {
    let app = fill::open(folder).map_err(told)?;
    let first = environment::list(app.db()).map_err(told)?;
    let flow = app.system(&first.first().ok_or("there is no environment")?.id);
    let check = |(member, resource): &(String, String)| -> Told<Duration> {
        let member = OrganizationMembershipId::parse(member).map_err(told)?;
        let resource = AuthorizationResourceId::parse(resource).map_err(told)?;
        let began = Instant::now();
        let done = flow.read(|cx| checks::check(cx, &member, "node:edit", Name::Id(&resource)));
        done.map_err(told)?;
        Ok(began.elapsed())
    };
    let mut spread = Spread(5);
    let mut cold = Vec::with_capacity(COLD);
    for _ in 0..COLD {
        cold.push(check(&question(&mut spread, resources))?);
    }
    cold.sort_unstable();
    let asked: Vec<_> = (0..WARM).map(|_| question(&mut spread, resources)).collect();
    for it in &asked {
        check(it)?;
    }
    let (began, mut count) = (now(), 0_u32);
    while began.elapsed() < TIME {
        for it in &asked {
            check(it)?;
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
    goal("cold check in the process, p99", micros(p99), " µs", "< 200", micros(p99) < 200.0);
    goal("warm checks in the process, one core", rate, "/s", "≥ 250000", rate >= 250_000.0);
    Ok(Sizes { warm, cold: p50 })
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
        load(&server.address, 32, TIME / 5, asked(seed, WARM)).await;
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
