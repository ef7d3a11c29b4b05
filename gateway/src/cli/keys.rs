//! `kakou keygen`: random bytes of the operating system → a key pair in two files.
//! `kakou announce-key`: the running gate tells the region which key it will sign with.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

pub(super) fn announce(config: &Path, public_key: &Path) -> anyhow::Result<ExitCode> {
    let key = hex::encode(crate::gate_keys::key_bytes(public_key)?);
    let request = serde_json::json!({ "verb": "announce_key", "key": key });
    let answer = super::act::ask(config, &request)?;
    anyhow::ensure!(
        answer["ok"] == true,
        "the gate did not take the key: {}",
        answer["error"]
    );
    println!(
        "the key is announced as record {}. Once `kakou status` shows that record acknowledged, \
         name the new key in signing_key_file, the old public one in former_public_key_files, and \
         restart the gate",
        answer["sequence"]
    );
    Ok(ExitCode::SUCCESS)
}

pub(super) fn generate(out: &Path) -> anyhow::Result<ExitCode> {
    let seed: [u8; 32] = rand::random();
    let pair = wire::signature::SigningKeyPair::from_seed(&seed);
    if let Some(folder) = out.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let secret = out.with_extension("key");
    let public = out.with_extension("pub");
    // An existing key is never overwritten: what it signed would lose its proof.
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&secret)
        .with_context(|| format!("cannot create {}", secret.display()))?;
    writeln!(file, "{}", hex::encode(seed))?;
    file.sync_all()?;
    std::fs::write(
        &public,
        format!("{}\n", hex::encode(pair.public_key().as_bytes())),
    )
    .with_context(|| format!("cannot write {}", public.display()))?;
    println!(
        "wrote {} (secret) and {}",
        secret.display(),
        public.display()
    );
    Ok(ExitCode::SUCCESS)
}
