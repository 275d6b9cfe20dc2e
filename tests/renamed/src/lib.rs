//! Uses the framework under another name, to prove that generated code finds it.
