//! Pictures and scans that gates have sent up, each file under its hash. What is kept is what its
//! name says, or it is not given out.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use domain::digest::Digest;
use sha2::{Digest as _, Sha256};

/// A folder of files by hash: `ab/ab12….bin`.
#[derive(Debug, Clone)]
pub struct PictureFolder(PathBuf);

impl PictureFolder {
    /// A folder that is made when the first picture comes.
    #[must_use]
    pub const fn at(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn file(&self, sha256: &Digest) -> PathBuf {
        let name = sha256.to_string();
        self.0.join(&name[..2]).join(format!("{name}.bin"))
    }

    /// The file of a hash; none also for one that was changed on the disk.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn read(&self, sha256: &Digest) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.file(sha256)) {
            Ok(bytes) => Ok((of(&bytes) == *sha256).then_some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps a file, durably; false if it is not the file of the hash.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn keep(&self, sha256: &Digest, bytes: &[u8]) -> io::Result<bool> {
        if of(bytes) != *sha256 {
            return Ok(false);
        }
        let file = self.file(sha256);
        let folder = file.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder)?;
        // Two who pull the same file do not write into each other's.
        let partial = folder.join(format!("{sha256}.{}.part", std::process::id()));
        let mut target = File::create(&partial)?;
        target.write_all(bytes)?;
        target.sync_data()?;
        fs::rename(&partial, &file)?;
        Ok(true)
    }
}

fn of(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_file_of_the_hash_is_kept_and_given() {
        let folder = tempfile::tempdir().unwrap();
        let pictures = PictureFolder::at(folder.path().join("pictures"));
        let sha256 = of(b"a picture");
        assert_eq!(pictures.read(&sha256).unwrap(), None);
        assert!(!pictures.keep(&sha256, b"another").unwrap());
        assert!(pictures.keep(&sha256, b"a picture").unwrap());
        assert_eq!(pictures.read(&sha256).unwrap().unwrap(), b"a picture");
        fs::write(pictures.file(&sha256), b"a pictura").unwrap();
        assert_eq!(pictures.read(&sha256).unwrap(), None);
    }
}
