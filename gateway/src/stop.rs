//! The daemon's request to end: one sender, any number of listeners.

use tokio::sync::watch;

/// Asks every task to end.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// A task's ear for the request.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// A fresh pair.
#[must_use]
pub fn channel() -> (Stopper, Stop) {
    let (tx, rx) = watch::channel(false);
    (Stopper(tx), Stop(rx))
}

impl Stopper {
    /// Asks every listener to end.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Ends when the request was made, or when nobody is left to make it.
    pub async fn requested(&mut self) {
        // An error means that the stopper is gone, which ends the daemon as well.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }

    /// Whether the request was made.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }
}
