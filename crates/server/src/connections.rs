//! Connections: so many at a time, each with bounded time to say what it wants, all let go of in
//! peace when the program stops.
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::Service;
use vestibule_surfaces::rest::Edge;

/// How many connections are open at a time; further ones wait to be accepted.
const CONNECTIONS_MAX: usize = 8192;
/// How long the head of a request may take, and how long a connection may stay idle.
const HEAD_TIME_MAX: Duration = Duration::from_mins(1);
/// The pause after a connection could not be accepted, because files ran out, say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers connections until `stop` says to stop, then waits for requests that are under way.
pub async fn serve(listener: TcpListener, routes: Edge, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { break };
        let accepted = tokio::select! {
            it = listener.accept() => it,
            _ = stop.wait_for(|it| *it) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = graceful.watch(answer(stream, peer, routes.clone()));
                tokio::spawn(async move {
                    // A client that goes away in the middle is its own affair.
                    connection.await.ok();
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The service of one connection: the routes, told who is at the other end.
struct Peer {
    routes: Edge,
    address: SocketAddr,
}

impl hyper::service::Service<hyper::Request<Incoming>> for Peer {
    type Response = Response;
    type Error = Infallible;
    type Future = <Edge as Service<hyper::Request<Body>>>::Future;

    fn call(&self, request: hyper::Request<Incoming>) -> Self::Future {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.address));
        self.routes.clone().call(request)
    }
}

fn answer(
    stream: TcpStream,
    address: SocketAddr,
    routes: Edge,
) -> http1::Connection<TokioIo<TcpStream>, Peer> {
    // Answers are small and whole; waiting to fill a packet only delays them.
    stream.set_nodelay(true).ok();
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .serve_connection(TokioIo::new(stream), Peer { routes, address })
}
