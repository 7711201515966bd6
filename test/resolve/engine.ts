/** A project that builds its wheel with nothing but the standard library, so that no network is needed. */
export const engine = {
  'backend.py': `
import zipfile, os
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "engine-3.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as archive:
        def add(path, text): archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), text)
        add("engine.py", "x = 1\\n")
        add("engine-3.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: engine\\nVersion: 3.0\\n")
        add("engine-3.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        add("engine-3.0.dist-info/RECORD", "engine.py,,\\nengine-3.0.dist-info/METADATA,,\\nengine-3.0.dist-info/WHEEL,,\\nengine-3.0.dist-info/RECORD,,\\n")
    return name
`,
  'pyproject.toml':
    '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "engine"\nversion = "3.0"\n',
} as const;
