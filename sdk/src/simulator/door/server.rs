//! For any AWS client on this machine: HTTP/1.1 on a listener that the caller bound to loopback.

use std::future::Future;
use std::io;
use std::pin::pin;

use aws_smithy_async::rt::sleep::AsyncSleep as _;
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::simulator::Simulator;
use crate::simulator::reply::Reply;

/// Longest body that is read; the longest that landfall sends has a few kilobytes.
const BODY_MAX: usize = 8 * 1024 * 1024;

/// Serves a simulator to the listener's connections until `shutdown` is done.
///
/// A change is passed to the keeper ([`Simulator::keep`]) before the client gets the answer. Connections that are open at the end
/// are dropped.
///
/// # Errors
///
/// Fails if the listener can no longer accept connections.
pub async fn serve(simulator: Simulator, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let mut shutdown = pin!(shutdown);
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            () = &mut shutdown => return Ok(()),
        };
        while connections.try_join_next().is_some() {}
        let simulator = simulator.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| answer(simulator.clone(), request));
            // A client that disconnects during a request is not an error here.
            drop(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

async fn answer(simulator: Simulator, request: http::Request<Incoming>) -> io::Result<http::Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    // AWS clients send no Origin; a web page that tries to reach a loopback port does.
    if head.headers.contains_key(http::header::ORIGIN) {
        return Ok(refusal(StatusCode::FORBIDDEN, "requests from web pages are refused"));
    }
    let Ok(body) = Limited::new(body, BODY_MAX).collect().await else {
        return Ok(refusal(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long or incomplete"));
    };
    let response = match simulator.handle_recorded(&http::Request::from_parts(head, body.to_bytes())) {
        Reply::Answer(response) => response,
        Reply::Late(delay, response) => {
            simulator.clock().sleep_impl().sleep(delay).await;
            response
        }
        // An error of the service closes the connection without an answer.
        Reply::Cut => return Err(io::ErrorKind::ConnectionAborted.into()),
        Reply::Silence => std::future::pending().await,
    };
    Ok(response.map(Full::new))
}

fn refusal(status: StatusCode, why: &'static str) -> http::Response<Full<Bytes>> {
    let mut response = http::Response::new(Full::new(Bytes::from_static(why.as_bytes())));
    *response.status_mut() = status;
    response
}
