//! Pseudo-terminals: the simulator holds one end, the gateway opens the other like a serial port.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The simulator's end.
pub struct Pty {
    master: AsyncFd<OwnedFd>,
    /// Keeps the line up between two openings by the gateway.
    _slave: OwnedFd,
}

/// Makes a pair: our end, and the path that the gateway opens.
///
/// # Errors
/// The kernel has no pseudo-terminal left.
pub fn pair() -> io::Result<(Pty, PathBuf)> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let path = PathBuf::from(name.to_string_lossy().into_owned());
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
    let slave = rustix::fs::open(&path, flags, rustix::fs::Mode::empty())?;
    let mut termios = tcgetattr(&slave)?;
    // Without raw mode the terminal would echo the gateway's requests back to it.
    termios.make_raw();
    tcsetattr(&slave, OptionalActions::Now, &termios)?;
    rustix::fs::fcntl_setfl(
        &master,
        rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NONBLOCK,
    )?;
    #[expect(
        deprecated,
        reason = "its successor is unsafe; this descriptor is owned and never closed before"
    )]
    let master = AsyncFd::new(master)?;
    Ok((
        Pty {
            master,
            _slave: slave,
        },
        path,
    ))
}

impl AsyncRead for Pty {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut guard = ready!(self.master.poll_read_ready(context))?;
            let unfilled = buffer.initialize_unfilled();
            match guard.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut *unfilled)?)) {
                Ok(Ok(len)) => {
                    buffer.advance(len);
                    return Poll::Ready(Ok(()));
                }
                Ok(Err(error)) => return Poll::Ready(Err(error)),
                Err(_would_block) => {}
            }
        }
    }
}

impl AsyncWrite for Pty {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.master.poll_write_ready(context))?;
            match guard.try_io(|fd| Ok(rustix::io::write(fd.get_ref(), bytes)?)) {
                Ok(written) => return Poll::Ready(written),
                Err(_would_block) => {}
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn bytes_cross_the_line_both_ways_unchanged() {
        let (mut ours, path) = pair().expect("a pseudo-terminal");
        let theirs = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .expect("opens");
        let mut theirs = tokio::fs::File::from_std(theirs);
        ours.write_all(b"\x02+00\r\n\x03").await.expect("written");
        let mut buffer = [0_u8; 7];
        theirs.read_exact(&mut buffer).await.expect("read");
        assert_eq!(&buffer, b"\x02+00\r\n\x03");
        theirs.write_all(b"RN\r").await.expect("written");
        theirs.flush().await.expect("flushed");
        let mut buffer = [0_u8; 3];
        ours.read_exact(&mut buffer).await.expect("read");
        assert_eq!(&buffer, b"RN\r");
    }
}
