//! Unit tests of rendering with templates of their own.

use super::*;
use crate::derive::derive;
use crate::derive::fixture::{id, network, sp, texts};

fn library(template: &str) -> (tempfile::TempDir, Library) {
    let root = tempfile::tempdir().unwrap();
    for platform in ["r", "w", "s", "a"] {
        let folder = root.path().join("templates").join(platform);
        std::fs::create_dir_all(&folder).unwrap();
        let yaml = format!("name: {platform}\ntitle: Test\nfamily: indent\ntemplate: device.j2\n");
        std::fs::write(folder.join("platform.yaml"), yaml).unwrap();
        std::fs::write(folder.join("device.j2"), template).unwrap();
        std::fs::write(folder.join("part.j2"), "{{ device.nothing }}\n").unwrap();
    }
    let library = Library::load(root.path()).unwrap();
    (root, library)
}

fn one(template: &str, change: impl FnOnce(&mut Network)) -> Result<Rendered, Vec<Finding>> {
    let mut network = network(1);
    change(&mut network);
    let (derived, _) = derive(&network);
    let (_root, library) = library(template);
    let name = "fgl-skola-1-access01".parse().unwrap();
    Renderer::new(&network, &derived, &library, &[&name]).device(&name)
}

#[test]
fn an_undefined_name_is_an_error_with_file_and_line() {
    let wrong = one("hostname {{ device.name }}\n\n{{ device.nmae }}\n", |_| ()).unwrap_err();
    assert_eq!(texts(&wrong), ["SN-802 templates/s/device.j2:3: undefined value: `device.nmae` is undefined"]);
    let wrong = one("a\n{% include \"part.j2\" %}\n", |_| ()).unwrap_err();
    assert_eq!(texts(&wrong), ["SN-802 templates/s/part.j2:1: undefined value: `device.nothing` is undefined"]);
    let wrong = one("a\n{% if %}\n", |_| ()).unwrap_err();
    assert!(texts(&wrong)[0].starts_with("SN-802 templates/s/device.j2:2: syntax error"), "{:?}", texts(&wrong));
}

#[test]
fn an_endless_template_runs_dry() {
    let template = "{% for a in range(10000) %}{% for b in range(10000) %}{% set c = a %}{% endfor %}{% endfor %}";
    let wrong = one(template, |_| ()).unwrap_err();
    assert!(texts(&wrong)[0].contains("engine ran out of fuel"), "{:?}", texts(&wrong));
}

#[test]
fn text_from_the_inventory_cannot_add_lines() {
    let template = "{% for port in ports if port.used %}{{ port|at }}interface {{ port.name }}\n description {{ port.description }}\n{% endfor %}";
    let rendered = one(template, |network| {
        network.profiles.get_mut(&id("staff")).unwrap().settings.title =
            Some(sp("x\n no aaa new-model\u{e000}1\u{e001}".into()));
    })
    .unwrap();
    assert!(rendered.text.contains(" description x no aaa new-model 1\n"), "{}", rendered.text);
    assert_eq!(texts(&rendered.findings).len(), 1);
    assert_eq!(rendered.text.lines().count(), rendered.places.len());
}

#[test]
fn a_template_that_writes_control_characters_is_refused() {
    let wrong = one("a\n{{ 'b\\r' }}\n", |_| ()).unwrap_err();
    assert_eq!(texts(&wrong), ["SN-804 line 2 of `fgl-skola-1-access01` holds a control character"]);
}

#[test]
fn an_unknown_device_is_named() {
    let network = network(1);
    let (derived, _) = derive(&network);
    let (_root, library) = library("x");
    let name = "nobody".parse().unwrap();
    let wrong = Renderer::new(&network, &derived, &library, &[&name]).device(&name).unwrap_err();
    assert_eq!(texts(&wrong), ["SN-801 no device is called `nobody`"]);
}
