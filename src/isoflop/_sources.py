"""Where the public data live: pinned commits, checksums, licences as stated, citations."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One upstream file that a data set is read from; ``size`` in bytes."""

    dataset: str
    repository: str
    commit: str
    path: str
    sha256: str
    size: int
    licence: str
    citation: str

    @property
    def url(self) -> str:
        """The file's raw address at its pinned commit."""
        return f"https://raw.githubusercontent.com/{self.repository}/{self.commit}/{self.path}"

    @property
    def basename(self) -> str:
        """What upstream calls the file."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def filename(self) -> str:
        """The name in the user's cache: unambiguous, whatever upstream calls it."""
        return f"{self.sha256[:12]}-{self.basename}"


_PORIAN = {
    "dataset": "porian-refinedweb",
    "repository": "formll/resolving-scaling-law-discrepancies",
    "commit": "0dc60d91b8a525858a3067fc9e4a46ff5374cc6f",
    "licence": "none stated",
    "citation": "Porian, Wortsman, Jitsev, Schmidt, Carmon 2024, arXiv 2406.19146",
}

SOURCES = (
    Source(
        dataset="chinchilla-figure4",
        repository="epoch-research/analyzing-chinchilla",
        commit="92258837425e1b5f2851d624287f0120583a3d0e",
        path="data/svg_extracted_data.csv",
        sha256="193478df4e90f040016431996c45682659306840ecdadf83cfb9cd5ca0aa1b30",
        size=23_224,
        licence="none stated",
        citation="Besiroglu, Erdil, Barnett, You 2024, arXiv 2404.10102",
    ),
    Source(
        dataset="isoflops",
        repository="Open-Athena/scaling-law-analysis",
        commit="3e0656ee3dce1a2c89aa67691920f5eb9d30f0fc",
        path="data/isoflops/transform/isoflops.csv",
        sha256="b04d611253611490c5cc339fb95cb28d4f38f279a97438cb804a80f03171caa0",
        size=127_708,
        licence="none stated",
        citation="Czech et al. 2026, arXiv 2603.22339",
    ),
    Source(
        path="data/summary_df.pickle.xz",
        sha256="afbf07ec92d23182f56a44dd43599f2a7e9716fd70492fbc0a35f6093272b74f",
        size=1_287_320,
        **_PORIAN,
    ),
    Source(
        path="data/summary_df_kaplan_tuned_hparams.pickle.xz",
        sha256="09b6b91c9c6fa0e4c2684dcbed82475ee62d6c4fc60db5ca2ce5653b08f0ae55",
        size=259_880,
        **_PORIAN,
    ),
    Source(
        dataset="misfitting-curves",
        repository="hadasah/scaling_laws",
        commit="1f3708c0a12df0effb0ee906b1da5f9f0ff4f4f1",
        path="data/scaling_results.csv",
        sha256="193b4b7665365112605417e2ef06d55efe599cfa08412354e3ae42c3af7a9f58",
        size=1_133_268,
        licence="none stated",
        citation="Li, Kudugunta, Zettlemoyer 2025, arXiv 2502.18969",
    ),
)

NAMES = tuple(dict.fromkeys(source.dataset for source in SOURCES))


def of(name: str) -> list[Source]:
    """The files of one data set; ValueError lists the names there are."""
    found = [source for source in SOURCES if source.dataset == name]
    if not found:
        raise ValueError(f"no data set {name!r}; there are {', '.join(NAMES)}")
    return found
