"""What is in the opened folder beside the payload's own files: links."""

import os


def make_links(payload, draft):
    """Links of the payload, the tree on sys.path, and the plain libraries beside the nested ones.

    Folders that hold shared objects must be real: the loader resolves `$ORIGIN/../x.libs` through the physical parent.
    So the index names the folders to make, and links for the rest lead to the package's own files and folders.
    """
    index = payload.index
    tree = index["tree"]
    if tree is not None:
        for folder in ["", *tree["folders"]]:
            try:
                os.mkdir(os.path.join(draft, "python", folder), 0o755)
            except FileExistsError:
                pass
        for path in tree["links"]:
            os.symlink(os.path.join(payload.site, path), os.path.join(draft, "python", path))
    for file in index["files"]:
        if "link" in file:
            os.symlink(file["link"], os.path.join(draft, file["path"]))
    _link_libraries(payload, draft)


def _link_libraries(payload, draft):
    """A nested library looks for what it needs beside itself. This process has loaded it already; a child has not."""
    libraries = payload.index["libraries"]
    if not libraries:
        return
    folder = os.path.join(draft, "lib")
    os.makedirs(folder, exist_ok=True)
    for library in libraries:
        if not library["nested"]:
            link = os.path.join(folder, os.path.basename(library["path"]))
            if not os.path.lexists(link):
                os.symlink(os.path.join(payload.site, library["path"]), link)
