//! One line for a person who waits longer than a second, gone when the work is done.

use std::io::Write as _;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A piece of work. The line goes away when it is dropped.
#[derive(Debug)]
pub struct Progress {
    done: Option<Sender<()>>,
    watcher: Option<JoinHandle<()>>,
}

impl Progress {
    pub(crate) fn start(what: &'static str, shown: bool) -> Self {
        if !shown {
            return Self { done: None, watcher: None };
        }
        let (done, waiting) = mpsc::channel();
        let watcher = thread::spawn(move || {
            if waiting.recv_timeout(Duration::from_secs(1)) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let mut out = std::io::stderr();
            let _ = write!(out, "{what} ...").and_then(|()| out.flush());
            let _ = waiting.recv();
            let _ = write!(out, "\r{:width$}\r", "", width = what.len() + 4).and_then(|()| out.flush());
        });
        Self { done: Some(done), watcher: Some(watcher) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(watcher) = self.watcher.take() {
            let _ = watcher.join();
        }
    }
}
