//! `vestibule serve`: listen, start the workers, answer until told to stop, then drain.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use vestibule_kernel::agent::calls;
use vestibule_kernel::sandbox::take_any_client;
use vestibule_kernel::{App, Error, Kind, Result, environment, job, limit};
use vestibule_sandbox::seed;
use vestibule_signin::cors_origins;
use vestibule_surfaces::{mcp, openapi, rest};

use crate::config::Settings;
use crate::program::First;
use crate::{
    banner, catalog, connections, demo, downloads, janitor, oauth, program, sandbox, widgets,
};

/// How long requests that are under way may take when the program is told to stop.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(30);
/// How often measurements are sorted into their buckets.
const METRICS_EVERY: Duration = Duration::from_secs(2);
/// Upper bounds of the buckets of response times, in seconds.
const BUCKETS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Serves until a signal to stop.
pub fn serve(settings: &Settings, as_json: bool) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("vestibule")
        .build()
        .map_err(Error::internal)?;
    runtime.block_on(run(settings, as_json))
}

async fn run(settings: &Settings, as_json: bool) -> Result<()> {
    let listener = listen(settings.bind()).await?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let metrics = metrics()?;
    let prepared = settings.clone();
    // The database client of PostgreSQL blocks, and must not do so on an asynchronous thread.
    let (app, first) = tokio::task::spawn_blocking(move || prepare(&prepared, &public_url))
        .await
        .map_err(Error::internal)??;
    let (stop, stopping) = watch::channel(false);
    let workers = start_workers(&app, &metrics, &stopping);
    let proxies = settings.trusted_proxies.unwrap_or(0);
    let routes = routes(&app, metrics, proxies, stopping.clone())?;
    banner::ready(settings, &app, &first, as_json);
    prepare_keys(&app);
    let stopped = stopping.clone();
    let server = tokio::spawn(connections::serve(listener, routes, stopped));
    stop_signal(&stop).await;
    if tokio::time::timeout(DRAIN_TIME_MAX, server).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
    for worker in workers {
        tokio::time::timeout(DRAIN_TIME_MAX, worker).await.ok();
    }
    write_gathered_calls(&app).await;
    tracing::info!("stopped");
    Ok(())
}

/// Writes down the calls of agents that ended while the workers were told to stop.
async fn write_gathered_calls(app: &Arc<App>) {
    let app = app.clone();
    let written = tokio::task::spawn_blocking(move || calls::write_gathered(&app)).await;
    if let Ok(Err(error)) = written {
        tracing::error!(?error, "the last calls of agents could not be written down");
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let text = format!("Cannot listen on {address}: {error}. Choose another with --bind.");
        Error::new(Kind::Unavailable, "unavailable", text)
    })
}

fn prepare(settings: &Settings, public_url: &str) -> Result<(Arc<App>, First)> {
    let app = program::open(settings, public_url)?;
    let first = program::first_environment(&app)?;
    if settings.sandbox() {
        let first = sandbox::prepare(settings, &app, first)?;
        return Ok((app, first));
    }
    app.system(&first.environment.id).write(|cx| take_any_client(cx, false))?;
    if settings.dev() {
        demo::add(&app, &first.environment.id)?;
    }
    if let Some(path) = &settings.seed {
        seed::apply(&app, &first.environment.id, path)?;
    }
    Ok((app, first))
}

fn start_workers(
    app: &Arc<App>,
    metrics: &PrometheusHandle,
    stopping: &watch::Receiver<bool>,
) -> Vec<tokio::task::JoinHandle<()>> {
    vec![
        tokio::spawn(job::work(app.clone(), catalog::handlers(), stopping.clone())),
        tokio::spawn(vestibule_record::webhooks::work(app.clone(), stopping.clone())),
        tokio::spawn(vestibule_record::audit_logs::work(app.clone(), stopping.clone())),
        tokio::spawn(vestibule_record::log_streams::work(app.clone(), stopping.clone())),
        tokio::spawn(janitor::work(app.clone(), stopping.clone())),
        tokio::spawn(share_limits(app.clone(), stopping.clone())),
        tokio::spawn(calls::work(app.clone(), stopping.clone())),
        tokio::spawn(keep_up_metrics(metrics.clone(), stopping.clone())),
    ]
}

/// Tells the other nodes what this one has counted of limits that are counted in memory.
async fn share_limits(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        tokio::select! {
            () = tokio::time::sleep(limit::SHARE_EVERY) => {}
            _ = stop.changed() => return,
        }
        let app = app.clone();
        let done = tokio::task::spawn_blocking(move || limit::share(&app)).await;
        if let Ok(Err(error)) = done {
            tracing::error!(?error, "rate limits could not be shared with the other nodes");
        }
    }
}

/// Sorts what was measured into buckets now and then: until then each measurement is kept.
async fn keep_up_metrics(metrics: PrometheusHandle, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        metrics.run_upkeep();
        tokio::select! {
            () = tokio::time::sleep(METRICS_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Makes the signing keys that are missing, so that nobody who signs in has to wait for one, and
/// the start does not either.
fn prepare_keys(app: &Arc<App>) {
    let app = app.clone();
    tokio::task::spawn_blocking(move || {
        let made = environment::list(app.db()).and_then(|them| {
            them.iter().try_for_each(|it| vestibule_signin::tokens::prepare(&app, &it.id))
        });
        if let Err(error) = made {
            tracing::error!(
                ?error,
                "a signing key could not be made; the next sign-in tries again"
            );
        }
    });
}

/// Waits for a signal, and tells the workers.
async fn stop_signal(stop: &watch::Sender<bool>) {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut it) => drop(it.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
    tracing::info!("stopping: finishing the requests that are under way");
    stop.send(true).ok();
}

fn metrics() -> Result<PrometheusHandle> {
    let matcher = Matcher::Full("vestibule_request_seconds".to_owned());
    PrometheusBuilder::new()
        .set_buckets_for_metric(matcher, &BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(Error::internal)
}

/// Everything that is served.
pub fn routes(
    app: &Arc<App>,
    metrics: PrometheusHandle,
    proxies: usize,
    stopping: watch::Receiver<bool>,
) -> Result<rest::Edge> {
    let doors = Arc::new(rest::Doors {
        allows_origin: |app, origin| {
            let asked = app.db().read(|tx| cors_origins::allowed_anywhere(tx, origin));
            asked.unwrap_or(false)
        },
        error_page: vestibule_pages::error_page,
    });
    let own = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/health", get(async || axum::Json(json!({ "status": "ok" }))))
        .route("/readyz", get(ready))
        .route("/openapi.json", get(describe))
        .with_state(app.clone())
        .route("/metrics", get(async move || metrics.render()));
    let widgets = widgets::router(app, &doors);
    let operations = rest::router(app, doors).merge(mcp::router(app, stopping)?);
    let pages = vestibule_pages::router(app);
    let files = downloads::router(app);
    let others = own.merge(pages).merge(files).merge(oauth::router(app)).merge(widgets);
    Ok(rest::Edge::new(operations, others, proxies))
}

/// 200 when requests can be answered: the database answers.
async fn ready(State(app): State<Arc<App>>) -> Response {
    let asked = tokio::task::spawn_blocking(move || {
        app.db().read(|tx| tx.query("SELECT 1 -- global: is it there?", &[]).map(|_| ()))
    });
    match asked.await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n").into_response(),
        Ok(Err(_)) | Err(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

async fn describe(State(app): State<Arc<App>>) -> Response {
    let document = openapi::document(app.catalog(), &app.options().public_url);
    ([(header::CONTENT_TYPE, "application/json")], document.to_string()).into_response()
}
