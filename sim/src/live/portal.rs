//! The scanner at the premises: a truck's boxes → images dropped into the folder that the gate
//! watches, as the scanner's computer would. An officer's verdict is another device's business.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use device_codecs::envelope::{ScanFiles, encode_scan_files};
use domain::digest::Digest;
use domain::id::UserId;
use domain::mass::Mass;
use domain::reading::{Observation, ScanJudge, ScanReading, ScanVerdict};
use domain::time::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::scanner::{Goods, Order, Ranges, scan_of_mass};
use crate::world::truck::{BoxOnTruck, Truck};

/// A scan is made this long before the truck comes to the gate.
pub const BEFORE: Duration = Duration::from_secs(600);
/// Less cargo than this is dunnage.
const EMPTY_MAX_KG: i64 = 500;

/// The scanner.
#[derive(Debug, Clone)]
pub struct Portal {
    folder: PathBuf,
    seed: u64,
}

impl Portal {
    /// A scanner that drops its images into `folder`.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new(folder: PathBuf, seed: u64) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self { folder, seed })
    }

    /// Whether the truck was sent through the scanner: where a scan is required, and for every
    /// box that is light enough to pass for empty.
    #[must_use]
    pub fn scans(truck: &Truck) -> bool {
        let light = |on: &BoxOnTruck| on.cargo < Mass::from_kg(9_000);
        truck.scan.is_some() || truck.boxes.iter().any(light)
    }

    /// Scans a truck that comes at `at`; the hash of each box's image, in the order of the boxes.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn drop_scans(&self, truck: &Truck, at: Timestamp) -> anyhow::Result<Vec<Digest>> {
        let mut hashes = Vec::new();
        for (index, on) in truck.boxes.iter().enumerate() {
            let name = format!("S{:06}-{index}", truck.number);
            let draw = (truck.number * 8 + index) as u64;
            let (order, ranges) = (order(truck, on, draw), Ranges::training());
            let cargo_kg = on.cargo.kg() as f64;
            let made = scan_of_mass(self.seed, draw, order, &ranges, Some(cargo_kg));
            let files = made.files();
            let note = ScanFiles {
                container: Some(on.number.clone()),
                plate: Some(truck.painted_plate.clone()),
                captured_at: at - BEFORE,
                high: format!("{name}-high.png"),
                low: Some(format!("{name}-low.png")),
                // One for each length of container.
                geometry: format!("scanner-{}.toml", made.truth.steel_box.length_mm),
            };
            hashes.push(Digest(Sha256::digest(&files.high_png).into()));
            let parts: [(&str, &[u8]); 4] = [
                (&note.high, &files.high_png),
                (note.low.as_deref().unwrap_or(""), &files.low_png),
                (&note.geometry, files.sidecar.as_bytes()),
                // Last, when everything that it names is there.
                (&format!("{name}.json"), &encode_scan_files(&note)),
            ];
            for (file, bytes) in parts {
                let file = self.folder.join(file);
                std::fs::write(&file, bytes)
                    .with_context(|| format!("cannot write {}", file.display()))?;
            }
        }
        Ok(hashes)
    }
}

/// What an officer who looked at the image says of it; `None` where nobody has looked yet.
#[must_use]
pub fn verdict_of(
    truck: &Truck,
    on: &BoxOnTruck,
    image: Digest,
    at: Timestamp,
) -> Option<Observation> {
    let verdict = match truck.scan {
        Some(scan) if !scan.by_officer => return None,
        Some(scan) => scan.verdict,
        None => ScanVerdict::NoFinding,
    };
    Some(Observation::Scan(ScanReading {
        container: Some(on.number.clone()),
        plate: Some(truck.painted_plate.clone()),
        verdict,
        judge: ScanJudge::Officer(UserId::parse("officer-12").expect("short")),
        captured_sha256: image,
        judged_sha256: image,
        captured_at: at - BEFORE,
        loaded: None,
        measured: None,
    }))
}

/// What the box shows.
fn order(truck: &Truck, on: &BoxOnTruck, draw: u64) -> Order {
    if on.cargo < Mass::from_kg(EMPTY_MAX_KG) {
        return Order::Empty;
    }
    let is_declared = |goods: &&Goods| Some(goods.chapter()) == on.chapter;
    let declared = Goods::ALL.iter().find(is_declared);
    let any = || Goods::ALL[usize::try_from(draw % Goods::ALL.len() as u64).unwrap_or(0)];
    let goods = declared.copied().unwrap_or_else(any);
    let is_found = |verdict| verdict == ScanVerdict::Finding;
    if truck.scan.is_some_and(|scan| is_found(scan.verdict)) {
        Order::Hidden(goods)
    } else {
        Order::Loaded(goods)
    }
}
