//! The simulator behind an address on loopback, in a thread of its own: an AWS for programs that are other processes.

use landfall::simulator::Simulator;

/// A served simulator, for as long as this process runs.
#[derive(Clone)]
pub struct Loopback {
    /// What answers.
    pub simulator: Simulator,
    /// Its address, as `AWS_ENDPOINT_URL` takes it.
    pub address: String,
}

impl Loopback {
    /// Serves what `make` returns; it is made in the thread whose runtime its clock is to follow.
    ///
    /// # Panics
    ///
    /// When there is no free port.
    pub fn serve(make: impl FnOnce() -> Simulator + Send + 'static) -> Self {
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let simulator = make();
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
                let address = format!("http://{}", listener.local_addr().expect("an address"));
                tell.send(Self { simulator: simulator.clone(), address }).expect("told");
                landfall::simulator::serve(simulator, listener, std::future::pending()).await.expect("served");
            });
        });
        told.recv().expect("served")
    }

    /// Returns the variables that lead a program here, with the management account's credentials.
    #[must_use]
    pub fn variables(&self) -> [(&'static str, String); 5] {
        let credentials = Simulator::management_credentials();
        [
            ("AWS_ENDPOINT_URL", self.address.clone()),
            ("AWS_ACCESS_KEY_ID", credentials.access_key_id().to_owned()),
            ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key().to_owned()),
            ("AWS_SESSION_TOKEN", credentials.session_token().unwrap_or_default().to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }
}
