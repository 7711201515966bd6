import type { Recipe } from './recipe.js';

export default {
  name: 'sqlalchemy',
  source: 'wheels sqlalchemy 2.1.9 (CPython 3.13) and 2.0.58 (CPython 3.12), x86_64, measured 2026-11',
  provedOn: '>=2.0.58,<2.2',
  rules: [
    {
      name: 'test-suite',
      files: ['sqlalchemy/testing/**', 'sqlalchemy/dialects/*/provision.py'],
      because:
        'the suite with which authors of dialects test them; it needs pytest, and no other module imports it',
    },
  ],
  probe: `
import datetime
from sqlalchemy import ForeignKey, create_engine, event, func, insert, inspect, select, text
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload
from sqlalchemy.pool import StaticPool

class Base(DeclarativeBase):
    pass
class User(Base):
    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    born: Mapped[datetime.date | None] = mapped_column(default=None)
    posts: Mapped[list["Post"]] = relationship(back_populates="user", cascade="all, delete-orphan")
class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    user: Mapped[User] = relationship(back_populates="posts")
try:
    import sqlite3
except ImportError:
    sqlite3 = None
if sqlite3:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    seen = []
    event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(User(name="a", born=datetime.date(2000, 1, 2), posts=[Post(), Post()]))
        session.execute(insert(User), [{"name": "b"}, {"name": "c"}])
        session.commit()
        user = session.scalars(select(User).options(selectinload(User.posts)).where(User.name == "a")).one()
        assert len(user.posts) == 2 and user.born.year == 2000
        assert session.execute(select(func.count()).select_from(User)).scalar_one() == 3
        assert session.execute(text("select 1 + :x"), {"x": 1}).scalar() == 2
    assert inspect(engine).get_table_names() == ["post", "user"] and seen
query = select(User).where(User.id.in_([1, 2])).limit(1)
assert "LIMIT" in str(query.compile(dialect=postgresql.dialect())) and "LIMIT" in str(query.compile(dialect=mysql.dialect()))
assert "ON CONFLICT" in str(postgresql.insert(User).values(id=1).on_conflict_do_nothing().compile(dialect=postgresql.dialect()))
`,
} satisfies Recipe;
