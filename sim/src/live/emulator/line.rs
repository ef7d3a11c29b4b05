//! The RS-485 line between the emulated board and whoever is at its other end: it can be cut, and
//! it can be noisy. Carries bytes both ways; knows nothing of frames.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::UnixStream;

/// What disturbs a line, as bytes in a million that cross it.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    /// Seed.
    pub seed: u64,
    /// A burst of flipped bits begins: one to three bytes.
    pub flipped_ppm: u32,
    /// The byte is lost.
    pub lost_ppm: u32,
    /// A stray byte comes before it.
    pub stray_ppm: u32,
}

#[derive(Debug, Default)]
struct State {
    cut: AtomicBool,
    disturbed: AtomicU64,
}

/// A line with both ends connected.
#[derive(Debug, Clone)]
pub struct Line(Arc<State>);

impl Line {
    /// Joins the board to `master`, its other end.
    pub fn join<M>(board: UnixStream, master: M, noise: Option<Noise>) -> Self
    where
        M: AsyncRead + AsyncWrite + Send + 'static,
    {
        let state = Arc::new(State::default());
        let (board_in, board_out) = board.into_split();
        let (master_in, master_out) = tokio::io::split(master);
        tokio::spawn(carry(master_in, board_out, Arc::clone(&state), noise));
        let back = noise.map(|noise| Noise {
            seed: noise.seed.wrapping_add(1),
            ..noise
        });
        tokio::spawn(carry(board_in, master_out, Arc::clone(&state), back));
        Self(state)
    }

    /// Cuts the line, or mends it. What is sent meanwhile is lost.
    pub fn set_cut(&self, cut: bool) {
        self.0.cut.store(cut, Relaxed);
    }

    /// Bytes that noise has changed, taken or added.
    #[must_use]
    pub fn disturbed(&self) -> u64 {
        self.0.disturbed.load(Relaxed)
    }
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    state: Arc<State>,
    noise: Option<Noise>,
) {
    let mut disturbance = noise.map(Disturbance::new);
    let mut bytes = [0; 512];
    loop {
        let Ok(length @ 1..) = from.read(&mut bytes).await else {
            return;
        };
        if state.cut.load(Relaxed) {
            continue;
        }
        let mut out = bytes[..length].to_vec();
        if let Some(disturbance) = &mut disturbance {
            out = bytes[..length].iter().fold(Vec::new(), |mut out, &byte| {
                let hits = disturbance.pass(byte, &mut out);
                state.disturbed.fetch_add(hits, Relaxed);
                out
            });
        }
        if to.write_all(&out).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
}

struct Disturbance {
    noise: Noise,
    draw: ChaCha8Rng,
    burst: u32,
}

impl Disturbance {
    fn new(noise: Noise) -> Self {
        Self {
            draw: ChaCha8Rng::seed_from_u64(noise.seed),
            noise,
            burst: 0,
        }
    }

    fn hits(&mut self, ppm: u32) -> bool {
        self.draw.random_range(0..1_000_000) < ppm
    }

    /// What becomes of one byte; returns how often it was disturbed.
    fn pass(&mut self, byte: u8, out: &mut Vec<u8>) -> u64 {
        let mut count = 0;
        if self.hits(self.noise.stray_ppm) {
            out.push(self.draw.random());
            count += 1;
        }
        if self.hits(self.noise.lost_ppm) {
            return count + 1;
        }
        if self.hits(self.noise.flipped_ppm) {
            self.burst = self.draw.random_range(1..=3);
        }
        if self.burst == 0 {
            out.push(byte);
            return count;
        }
        self.burst -= 1;
        // At least one bit.
        out.push(byte ^ self.draw.random_range(1..=u8::MAX));
        count + 1
    }
}
