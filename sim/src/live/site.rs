//! A site on this machine: keys, certificates, configurations, the ledger's file, and the lanes
//! with their devices, ready for the real daemons.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::Context as _;
use device_codecs::weighbridge::Protocol;
use domain::device::DeviceKind;
use domain::gate_pass::Direction;
use domain::id::LaneId;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Moment;
use super::broker::Broker;
use super::cameras::{self, Camera, Photographer};
use super::certificates::Certificates;
use super::child::Running;
use super::devices::{LineDevice, ScaleDevice, TagDevice};
use super::documents::{gate_section, policy_document, region_document};
use super::emulator::{EmulatedGate, Emulator, Line, Options};
use super::lane::{Barrier, Lane, gate_at_rest};
use super::portal::Portal;
use super::{modbus, pty};
use crate::pictures::View;
use crate::world::World;

/// What reports in JSON lines.
const LINE_KINDS: [DeviceKind; 7] = [
    DeviceKind::PlateCamera,
    DeviceKind::ContainerCamera,
    DeviceKind::SealReader,
    DeviceKind::Scanner,
    DeviceKind::RadiationPortal,
    DeviceKind::CardReader,
    DeviceKind::Tracker,
];

/// Everything that was made.
pub struct Site {
    /// Folder of the run.
    pub folder: PathBuf,
    /// Broker.
    pub broker: Broker,
    /// Lanes, to be run.
    pub lanes: Vec<Lane>,
    /// Where the binaries are.
    pub programs: PathBuf,
    /// The first lane's board, where it runs the firmware.
    pub board: Option<Board>,
}

/// A lane's controller on an emulated board, and its line to the gateway.
pub struct Board {
    /// Controller and arm.
    pub gate: EmulatedGate,
    /// The line.
    pub line: Line,
    /// The device that the gateway opens.
    pub path: PathBuf,
}

/// What the real daemons find in the lanes.
#[derive(Default)]
pub struct Equipment<'a> {
    /// The first lane's controller is an emulated board.
    pub firmware: Option<Firmware<'a>>,
    /// Plates and container numbers are read from pictures, made by this.
    pub photographer: Option<Photographer>,
}

/// The firmware that the first lane's controller is to run.
pub struct Firmware<'a> {
    /// Its image for the emulated board.
    pub image: &'a Path,
    /// How to start it.
    pub options: Options,
}

impl Site {
    /// Makes everything in `folder`; the programs stand in `programs`.
    ///
    /// # Errors
    /// A file cannot be written, a port is not free, mosquitto or a program is missing.
    pub async fn make(
        folder: &Path,
        programs: &Path,
        world: &World,
        moment: Moment,
        equipment: Equipment<'_>,
    ) -> anyhow::Result<Self> {
        for name in ["keys", "state", "orders"] {
            std::fs::create_dir_all(folder.join(name))?;
        }
        std::fs::write(folder.join("keys/camera.password"), cameras::PASSWORD)?;
        let Equipment {
            firmware,
            photographer,
        } = equipment;
        let certificates = Certificates::make(&folder.join("tls"))?;
        certificates.client("gate")?;
        certificates.client("region")?;
        let broker = Broker::start(&folder.join("broker"), &certificates).await?;
        let trucks = Arc::new(world.trucks.clone());
        let mut lanes = Vec::new();
        let mut text = gate_section(world, broker.port());
        if photographer.is_some() {
            text.push_str("\n[vision]\nthreads = 2\nlate_after_ms = 9000\n");
        }
        let board = match firmware {
            Some(firmware) => Some(board(&folder.join("board"), firmware, moment).await?),
            None => None,
        };
        for index in 0..world.config.lanes.len() {
            let barrier = match &board {
                Some(board) if index == 0 => {
                    (Barrier::Emulated(board.gate.clone()), serial(&board.path))
                }
                Some(_) | None => simulated(index, moment).await?,
            };
            let pictures = photographer.is_some();
            let mut lane =
                lane(world, index, &trucks, moment, barrier, pictures, &mut text).await?;
            outfit(&mut lane, photographer.as_ref(), world, folder, &mut text).await?;
            lanes.push(lane);
        }
        std::fs::write(folder.join("gateway.toml"), text)?;
        std::fs::write(
            folder.join("region.toml"),
            region_document(world, broker.port()),
        )?;
        std::fs::write(folder.join("policy.toml"), policy_document(world))?;
        let rows: String = world
            .rows
            .iter()
            .map(|row| ledger::import::encode_line(row) + "\n")
            .collect();
        std::fs::write(folder.join("ledger.jsonl"), rows)?;
        let site = Self {
            folder: folder.to_owned(),
            broker,
            lanes,
            programs: programs.to_owned(),
            board,
        };
        site.call(&["keygen", "--out", "keys/gate"])?;
        site.call(&["keygen", "--out", "keys/region"])?;
        Ok(site)
    }

    /// Gives the gate the ledger of its world.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn import_ledger(&self) -> anyhow::Result<String> {
        self.call(&[
            "ledger",
            "import",
            "--config",
            "gateway.toml",
            "ledger.jsonl",
        ])
    }

    /// A call of `kakou` in the site's folder.
    ///
    /// # Errors
    /// It cannot be started or says no; the message has its words.
    pub fn call(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = Command::new(self.programs.join("kakou"))
            .current_dir(&self.folder)
            .args(arguments)
            .output()
            .with_context(|| format!("cannot start {}", self.programs.join("kakou").display()))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(
            output.status.success(),
            "kakou {}:\n{text}{errors}",
            arguments.join(" ")
        );
        Ok(text)
    }

    /// Starts the region.
    ///
    /// # Errors
    /// It does not start.
    pub fn start_region(&self) -> anyhow::Result<Running> {
        self.daemon("kakou-region", "region", |command| command)
    }

    /// Starts the gateway.
    ///
    /// # Errors
    /// It does not start.
    pub fn start_gateway(&self) -> anyhow::Result<Running> {
        self.daemon("kakou", "gateway", |command| command)
    }

    /// Starts the gateway by another command than its own, a tracer's say.
    ///
    /// # Errors
    /// It does not start.
    pub fn start_gateway_by(
        &self,
        wrap: impl FnOnce(Command) -> Command,
    ) -> anyhow::Result<Running> {
        self.daemon("kakou", "gateway", wrap)
    }

    fn daemon(
        &self,
        program: &str,
        name: &str,
        wrap: impl FnOnce(Command) -> Command,
    ) -> anyhow::Result<Running> {
        let mut command = Command::new(self.programs.join(program));
        let config = format!("{name}.toml");
        command
            .current_dir(&self.folder)
            .args(["run", "--config", &config]);
        Running::start(
            name,
            wrap(command),
            &self.folder.join(format!("{name}.log")),
        )
    }
}

fn serial(path: &Path) -> String {
    format!("serial = {:?}\nbaud = 115200", path.display().to_string())
}

/// An emulated board whose line ends in a pseudo-terminal.
async fn board(folder: &Path, firmware: Firmware<'_>, moment: Moment) -> anyhow::Result<Board> {
    let inputs = EmulatedGate::at_rest();
    let (emulator, board) =
        Emulator::start(firmware.image, folder, &firmware.options, inputs).await?;
    let (master, path) = pty::pair()?;
    Ok(Board {
        gate: EmulatedGate::join(emulator, moment),
        line: Line::join(board, master, None),
        path,
    })
}

/// A simulated controller. The first lane's hangs on RS-485, the others' on Ethernet.
async fn simulated(index: usize, moment: Moment) -> anyhow::Result<(Barrier, String)> {
    let gate = gate_at_rest(4_400 + index as u32, &moment);
    let connection = if index == 0 {
        let (line, path) = pty::pair()?;
        tokio::spawn(modbus::serve_rtu(line, Arc::clone(&gate), moment));
        serial(&path)
    } else {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(modbus::serve_tcp(listener, Arc::clone(&gate), moment));
        format!("tcp = \"{address}\"")
    };
    Ok((Barrier::Simulated(gate), connection))
}

async fn lane(
    world: &World,
    index: usize,
    trucks: &Arc<Vec<crate::world::truck::Truck>>,
    moment: Moment,
    (gate, connection): (Barrier, String),
    reads_pictures: bool,
    text: &mut String,
) -> anyhow::Result<Lane> {
    let plan = &world.config.lanes[index];
    let id = &plan.id;
    let direction = match plan.direction {
        Direction::Entry => "entry",
        Direction::Exit => "exit",
    };
    let protocol = if index == 0 {
        Protocol::ToledoContinuous { checksum: true }
    } else {
        Protocol::YaohuaTf0
    };
    // Rendering and reading pictures share this machine with everything else.
    let (identify_ms, collect_ms) = if reads_pictures {
        (12_000, 9_000)
    } else {
        (4_500, 4_000)
    };
    let (line, scale_path) = pty::pair()?;
    let scale = ScaleDevice::start(line);
    let tags = TagDevice::start(moment).await?;
    write!(
        text,
        "\n[[lane]]\nid = \"{id}\"\ndirection = \"{direction}\"\nmode = \"live\"\n\n[lane.scale]\n\
         division_kg = 20\nzero_band_kg = 20\nvehicle_min_kg = 400\nstable_frames = 4\n\
         stable_for_ms = 500\nverified_until = \"2030-01-01T00:00:00Z\"\n\n[lane.timings]\n\
         identify_ms = {identify_ms}\nweigh_ms = 9000\ncollect_ms = {collect_ms}\n\n\
         [[lane.device]]\nid = \"{id}-gate\"\nkind = \"gate_controller\"\n{connection}\nunit = 1\npoll_ms = 50\n\n\
         [[lane.device]]\nid = \"{id}-scale\"\nkind = \"weighbridge\"\nprotocol = \"{}\"\n\
         serial = {:?}\nbaud = 9600\n\n[[lane.device]]\nid = \"{id}-tags\"\n\
         kind = \"tag_reader\"\ntcp = \"{}\"\n",
        protocol.name(),
        scale_path.display().to_string(),
        tags.address,
    )?;
    Ok(Lane {
        id: id.clone(),
        index,
        gate,
        scale,
        protocol,
        tags,
        lines: BTreeMap::new(),
        cameras: Vec::new(),
        portal: None,
        triggers: watch::channel(0).1,
        trucks: Arc::clone(trucks),
        moment,
    })
}

/// Everything in a lane beside controller, scale and tag reader.
async fn outfit(
    lane: &mut Lane,
    photographer: Option<&Photographer>,
    world: &World,
    folder: &Path,
    text: &mut String,
) -> anyhow::Result<()> {
    let Some(photographer) = photographer else {
        return line_devices(lane, &LINE_KINDS, text).await;
    };
    lane.cameras = cameras(&lane.id, photographer, text).await?;
    let scans = format!("scans-{}", lane.id);
    lane.portal = Some(Portal::new(folder.join(&scans), world.config.seed)?);
    write!(
        text,
        "\n[[lane.device]]\nid = \"{}-portal\"\nkind = \"scanner\"\nprotocol = \"images\"\n\
         folder = \"{scans}\"\n",
        lane.id
    )?;
    // The cameras are the first two of the kinds.
    line_devices(lane, &LINE_KINDS[2..], text).await
}

/// Devices that report in JSON lines.
async fn line_devices(
    lane: &mut Lane,
    kinds: &[DeviceKind],
    text: &mut String,
) -> anyhow::Result<()> {
    let (sender, triggers) = watch::channel(0);
    for kind in kinds {
        let device = LineDevice::start(sender.clone()).await?;
        let code = kind.code();
        write!(
            text,
            "\n[[lane.device]]\nid = \"{}-{code}\"\nkind = \"{code}\"\ntcp = \"{}\"\n",
            lane.id, device.address
        )?;
        lane.lines.insert(*kind, device);
    }
    lane.triggers = triggers;
    Ok(())
}

/// Cameras at front, side and rear, asked over HTTP.
async fn cameras(
    id: &LaneId,
    photographer: &Photographer,
    text: &mut String,
) -> anyhow::Result<Vec<Camera>> {
    let mut made = Vec::new();
    for view in View::ALL {
        let camera = Camera::start(view, Arc::clone(photographer)).await?;
        let kind = match view {
            View::Front | View::Rear => DeviceKind::PlateCamera,
            View::Side => DeviceKind::ContainerCamera,
        };
        let view = view.name();
        write!(
            text,
            "\n[[lane.device]]\nid = \"{id}-{view}\"\nkind = \"{}\"\nurl = \"{}\"\n\
             view = \"{view}\"\nuser = \"{}\"\npassword_file = \"keys/camera.password\"\n\
             frames = 12\nframe_gap_ms = 300\n",
            kind.code(),
            camera.url,
            cameras::USER,
        )?;
        made.push(camera);
    }
    Ok(made)
}
