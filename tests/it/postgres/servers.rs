//! The servers that tests make for themselves.

use std::process::Command;

use events_tests::postgres::{PrivateServer, private_server};

fn psql(server: &PrivateServer, sql: &str) -> Result<String, String> {
    let mut psql = Command::new("psql");
    let output = psql.args(["--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-Atc", sql]).arg(server.url()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn a_private_server_is_killed_and_goes_on() {
    let Some(mut server) = private_server().get() else { return };
    psql(&server, "CREATE TABLE kept AS SELECT 7 AS number").unwrap();
    assert!(server.processes().unwrap().len() > 1);
    server.kill().unwrap();
    assert!(server.processes().unwrap().is_empty() && psql(&server, "SELECT 1").is_err());
    assert!(server.kill().is_err() && server.stop().is_err(), "it isn't running");
    server.resume().unwrap();
    assert!(server.resume().is_err(), "it is running");
    assert_eq!(psql(&server, "SELECT number FROM kept").unwrap(), "7");
    server.stop().unwrap();
    server.resume().unwrap();
    assert_eq!(psql(&server, "SELECT number FROM kept").unwrap(), "7");
    let url = server.url();
    drop(server);
    assert!(!Command::new("psql").args(["-c", "SELECT 1", &url]).output().unwrap().status.success());
}

#[test]
fn a_private_server_has_its_settings_and_a_standby() {
    let Some(server) = private_server().get() else { return };
    let standby = server.standby().unwrap();
    assert_eq!(psql(&standby, "SELECT pg_is_in_recovery()").unwrap(), "t");
    drop(server);
    let server = PrivateServer::with_settings(&[("max_connections", "7")]).unwrap();
    assert_eq!(psql(&server, "SHOW max_connections").unwrap(), "7");
    let error = PrivateServer::with_settings(&[("no_such_setting", "1")]).unwrap_err();
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}
