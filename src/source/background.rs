//! A source's thread, which is stopped and joined.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::write;
use tracing::debug;

use crate::linux::wait;

/// Holds a source's thread: dropping it stops the thread and waits until it has ended, so that
/// what the thread holds in the kernel is given back however the program ends.
pub struct WorkerThread {
    stop: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl WorkerThread {
    /// Starts the thread. It has to end soon after its token says so.
    pub fn start(name: &str, body: impl FnOnce(&StopToken) + Send + 'static) -> io::Result<Self> {
        let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let token = StopToken { stop: stop.clone(), sink: None };
        let thread = Builder::new().name(name.to_owned()).spawn(move || {
            debug!("the thread starts");
            body(&token);
            debug!("the thread ends");
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }

    /// Whether the thread still runs.
    pub fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for WorkerThread {
    fn drop(&mut self) {
        // It fails only where it was written before, which is as good.
        let _ = write(&*self.stop, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            // A panic was printed by then, and must not become an abort if this one unwinds, too.
            let _ = thread.join();
        }
    }
}

/// The token that tells a thread to stop.
#[derive(Clone)]
pub struct StopToken {
    stop: Arc<OwnedFd>,
    /// Where its results go, if they go anywhere: without a reader there is nothing left to do.
    sink: Option<Arc<OwnedFd>>,
}

impl StopToken {
    /// Tells to stop when one of these signals comes, or when nobody can read that any more: the
    /// other end of a pipe or socket is closed, or the terminal is gone (`poll(2)`).
    pub(crate) fn on_signals(signals: &[i32], sink: impl AsFd) -> io::Result<Self> {
        let (stop, sender) = UnixStream::pair()?;
        for signal in signals {
            signal_hook::low_level::pipe::register(*signal, sender.try_clone()?)?;
        }
        let sink = Arc::new(sink.as_fd().try_clone_to_owned()?);
        Ok(Self { stop: Arc::new(stop.into()), sink: Some(sink) })
    }

    /// Has asked to stop already.
    #[cfg(test)]
    pub(crate) fn stopped(sink: impl AsFd) -> Self {
        let stop = eventfd(1, EventfdFlags::CLOEXEC).expect("it is a descriptor");
        Self { stop: Arc::new(stop), sink: sink.as_fd().try_clone_to_owned().ok().map(Arc::new) }
    }

    /// Waits for that, for the word to stop and for the end of the time; whether that is ready, and
    /// whether it is asked to stop.
    fn wait(&self, other: Option<PollFd<'_>>, limit: Option<Duration>) -> (bool, bool) {
        // Errors and hangups are reported without being asked for.
        let sink = self.sink.as_ref().map(|sink| PollFd::new(sink, PollFlags::empty()));
        let stopped = PollFd::new(&self.stop, PollFlags::IN);
        let n_others = usize::from(other.is_some());
        let mut fds: Vec<PollFd<'_>> = other.into_iter().chain([stopped]).chain(sink).collect();
        wait::any(&mut fds, limit);
        let (others, stops) = fds.split_at(n_others);
        let is_ready = |fds: &[PollFd<'_>]| fds.iter().any(|fd| !fd.revents().is_empty());
        (is_ready(others), is_ready(stops))
    }

    /// Waits until there is something to read there, or the time is over.
    pub(crate) fn wait_for(&self, source: impl AsFd, limit: Option<Duration>) -> Woken {
        match self.wait(Some(PollFd::new(&source, PollFlags::IN)), limit) {
            (_, true) => Woken::Stopped,
            (true, false) => Woken::Ready,
            (false, false) => Woken::Timeout,
        }
    }

    /// Waits until something can be written there, or it is asked to stop; whether it can.
    pub(crate) fn wait_to_write(&self, sink: impl AsFd) -> bool {
        loop {
            match self.wait(Some(PollFd::new(&sink, PollFlags::OUT)), None) {
                (false, false) => {}
                (can_write, _) => return can_write,
            }
        }
    }

    /// Whether it was asked to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.pause(Duration::ZERO)
    }

    /// Lets the time pass; whether it was asked to stop.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        self.wait(None, Some(time)).1
    }
}

/// Why waiting ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Woken {
    /// There is something to read.
    Ready,
    Timeout,
    /// The thread has to end.
    Stopped,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_is_asked_to_stop_has_ended_when_its_handle_is_gone() {
        let (sender, ended) = std::sync::mpsc::channel();
        let body = move |stop: &StopToken| {
            assert_eq!(stop.wait_for(&stop.stop, None), Woken::Stopped);
            assert!(stop.is_stopped());
            sender.send(()).unwrap();
        };
        let background = WorkerThread::start("test", body).unwrap();
        assert!(background.is_running());
        drop(background);
        assert_eq!(ended.try_recv(), Ok(()));
    }
}
