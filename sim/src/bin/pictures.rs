//! Pictures that a gate's cameras would give, with what stands in them.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use sim::pictures::{Conditions, FULL_HD, Scene, View, render};

const EXAMPLES: &str = "Examples:
  pictures --seed 1 --count 20 --out /tmp/pictures
  pictures --seed 1 --count 20 --out /tmp/pictures --clear      straight on, sharp, by day
  pictures --seed 9 --count 5 --out /tmp/night --harsh --view rear
  kakou see /tmp/pictures                                       what the reader makes of them

truth.csv has one row a text: file, kind, text, the corners of its place in pixels.";

/// Most pictures of one call.
const COUNT_MAX: u64 = 1_000_000;

/// Renders pictures of trucks at a gate as JPEG files.
#[derive(Debug, Parser)]
#[command(name = "pictures", version, about, after_help = EXAMPLES)]
struct Arguments {
    /// Seed of the first picture; the next ones follow.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=COUNT_MAX))]
    count: u64,
    /// Folder to write into; made if it is not there.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Straight on, sharp, by day.
    #[arg(long, conflicts_with = "harsh")]
    clear: bool,
    /// Any condition up to its worst.
    #[arg(long)]
    harsh: bool,
    /// Only this camera: rear, side or front. Otherwise all in turn.
    #[arg(long, value_parser = view)]
    view: Option<View>,
    /// Width and height in pixels.
    #[arg(long, num_args = 2, value_names = ["WIDTH", "HEIGHT"],
          default_values_t = [FULL_HD.0, FULL_HD.1],
          value_parser = clap::value_parser!(u32).range(160..=4096))]
    size: Vec<u32>,
}

fn view(name: &str) -> Result<View, String> {
    let found = View::ALL.into_iter().find(|view| view.name() == name);
    found.ok_or_else(|| "rear, side or front".to_owned())
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = &arguments.out;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let write = |name: &str, content: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))
    };
    let mut truth = String::from("file,kind,text,x1,y1,x2,y2,x3,y3,x4,y4\n");
    for seed in (arguments.seed..).take(usize::try_from(arguments.count)?) {
        let turn = usize::try_from(seed % 3)?;
        let scene = Scene {
            size_px: (arguments.size[0], arguments.size[1]),
            ..Scene::drawn(arguments.view.unwrap_or(View::ALL[turn]), seed)
        };
        let conditions = if arguments.clear {
            Conditions::clear()
        } else if arguments.harsh {
            Conditions::harsh(seed)
        } else {
            Conditions::ordinary(seed)
        };
        let picture = render(&scene, &conditions, seed);
        let name = format!("{seed:06}-{}.jpg", scene.view.name());
        write(&name, &picture.jpeg)?;
        for one in &picture.truth {
            write!(truth, "{name},{:?},{}", one.kind, one.text)?;
            for point in one.quad {
                write!(truth, ",{:.1},{:.1}", point[0], point[1])?;
            }
            truth.push('\n');
        }
    }
    write("truth.csv", truth.as_bytes())
}
