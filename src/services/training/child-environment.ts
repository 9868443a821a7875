/** What a Python needs of its parent's environment. Anything else may be a key, and is not passed on. */
const PASSED: ReadonlySet<string> = new Set([
  "PATH",
  "HOME",
  "TMPDIR",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "TZ",
  "LD_LIBRARY_PATH",
  "PYTHONPATH",
  "PYTHONHOME",
  "VIRTUAL_ENV",
  "CONDA_PREFIX",
  "PYENV_ROOT",
  "PYENV_VERSION",
  "CUDA_HOME",
  "CUDA_VISIBLE_DEVICES",
  "NVIDIA_VISIBLE_DEVICES",
]);

type Variables = Readonly<Record<string, string | undefined>>;

/** The environment of a Python that is started: a short list of what `from` holds, and what was asked for besides. */
export function childEnvironment(from: Variables, ...more: readonly Variables[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of PASSED) {
    const value = from[name];
    if (value !== undefined) environment[name] = value;
  }
  for (const variables of more) {
    for (const [name, value] of Object.entries(variables)) if (value !== undefined) environment[name] = value;
  }
  // What it prints is read as UTF-8, and nothing is to be written beside its sources.
  environment.PYTHONUTF8 = "1";
  environment.PYTHONDONTWRITEBYTECODE = "1";
  return environment;
}
