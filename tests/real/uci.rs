//! `OpenWrt`'s own `uci`, built by gcc from the C sources inside the crate `libuci-sys`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const VERSION: &str = "1.0.5";

/// The program, built the first time and kept below `target/`; or why it cannot be had.
pub(crate) fn binary() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("uci-{VERSION}"));
    let binary = folder.join("uci");
    if binary.exists() {
        return Ok(binary);
    }
    build(&folder, &binary).map_err(|error| format!("cannot build uci: {error}"))?;
    Ok(binary)
}

fn build(folder: &Path, binary: &Path) -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    // Two tests may build at once; each works in its own folder, and the rename decides.
    let work = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(text)?;
    let sources = sources(work.path())?;
    let include = work.path().join("include");
    fs::create_dir_all(&include).map_err(text)?;
    std::os::unix::fs::symlink(sources.join("libubox"), include.join("libubox")).map_err(text)?;
    for entry in fs::read_dir(sources.join("uci")).map_err(text)? {
        let path = entry.map_err(text)?.path();
        if path.extension().is_some_and(|kind| kind == "c" || kind == "h") {
            fs::copy(&path, work.path().join(path.file_name().unwrap_or_default())).map_err(text)?;
        }
    }
    // CMake would write this header.
    let config = "#undef UCI_PREFIX\n#define UCI_PREFIX \"/usr\"\n#undef UCI_DEBUG\n#undef UCI_DEBUG_TYPECAST\n";
    fs::write(work.path().join("uci_config.h"), config).map_err(text)?;
    let mut gcc = Command::new("gcc");
    gcc.current_dir(work.path()).args(["-O1", "-w", "-std=gnu99", "-D_GNU_SOURCE", "-I.", "-Iinclude", "-o", "uci"]);
    gcc.args(["cli.c", "libuci.c", "file.c", "util.c", "delta.c", "parse.c", "blob.c"]);
    for file in ["blob", "blobmsg", "utils", "md5", "avl", "avl-cmp", "vlist"] {
        gcc.arg(sources.join("libubox").join(file).with_extension("c"));
    }
    run(&mut gcc)?;
    fs::create_dir_all(folder).map_err(text)?;
    fs::rename(work.path().join("uci"), binary).map_err(text)
}

/// The sources of the crate, fetched by cargo as any dependency is.
fn sources(work: &Path) -> Result<PathBuf, String> {
    let text = |error: std::io::Error| error.to_string();
    let fetch = work.join("fetch");
    fs::create_dir_all(fetch.join("src")).map_err(text)?;
    fs::write(fetch.join("src/lib.rs"), "").map_err(text)?;
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[dependencies]\nlibuci-sys = \"={VERSION}\"\n[workspace]\n"
    );
    fs::write(fetch.join("Cargo.toml"), manifest).map_err(text)?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    run(Command::new(&cargo).current_dir(&fetch).args(["fetch", "--quiet"]))?;
    let metadata =
        run(Command::new(&cargo).current_dir(&fetch).args(["metadata", "--format-version", "1", "--offline"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let found = packages.iter().find(|package| package["name"] == "libuci-sys");
    let manifest = found.and_then(|package| package["manifest_path"].as_str()).ok_or("cargo names no sources")?;
    Path::new(manifest).parent().map(Path::to_path_buf).ok_or_else(|| "cargo names no sources".into())
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}
