/**
 * Files that no import opens but a request does: templates below a folder named `docs`, styles, messages. A build of
 * Django REST framework renders its pages from only what is kept.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { askTree, build, extract, inCi, pythonFor, remove, temporary } from './helper-build.js';

jest.setTimeout(300_000);

/** coreapi imports pkg_resources, which later setuptools do not have. */
const requirements = 'django==5.1.4\ndjangorestframework==3.15.2\ncoreapi==2.3.3\nsetuptools==75.6.0\n';

/** An application in one file, and what its visitor sees. */
const visit = `
import django
from django.conf import settings

settings.configure(
    DEBUG=False, ALLOWED_HOSTS=["*"], SECRET_KEY="x", USE_TZ=True, STATIC_URL="/static/",
    INSTALLED_APPS=[
        "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.messages",
        "django.contrib.sessions", "django.contrib.staticfiles", "rest_framework",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.locale.LocaleMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
        "OPTIONS": {"context_processors": [
            "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]},
    }],
    REST_FRAMEWORK={"DEFAULT_SCHEMA_CLASS": "rest_framework.schemas.coreapi.AutoSchema"},
)
django.setup()

from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from django.urls import include, path
from rest_framework import routers, serializers, viewsets
from rest_framework.documentation import include_docs_urls

class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["username"]

class Users(viewsets.ModelViewSet):
    """Everybody who may log in."""
    queryset = User.objects.order_by("pk")
    serializer_class = UserSerializer

router = routers.DefaultRouter()
router.register("users", Users)
class Addresses:
    urlpatterns = [
        path("docs/", include_docs_urls(title="Our API")), path("admin/", admin.site.urls),
        path("login/", include("rest_framework.urls")), path("", include(router.urls)),
    ]
settings.ROOT_URLCONF = Addresses
call_command("migrate", verbosity=0)
User.objects.create_superuser("root", password="x")
client = Client()

def page(address, words, **headers):
    answer = client.get(address, headers={"accept": "text/html"} | headers)
    text = answer.content.decode()
    assert answer.status_code == 200 and words in text, (address, answer.status_code, text[:300])

page("/docs/", "Everybody who may log in.")
page("/docs/schema.js", "window.schema", accept="*/*")
page("/login/login/", "<form")
page("/admin/login/", "Benutzername", **{"accept-language": "de"})
client.force_login(User.objects.get())
page("/users/", "Everybody who may log in.")
page("/admin/auth/user/add/", "Enter the same password as before")
page("/admin/", "Systemverwaltung", **{"accept-language": "de"})
for name in ("admin/css/base.css", "admin/js/vendor/jquery/jquery.js", "rest_framework/docs/js/api.js", "rest_framework/css/default.css"):
    assert finders.find(name), name
`;

const python = await pythonFor('3.12');

if (python === null) {
  if (inCi) test('a CPython 3.12 is here', () => expect(python).not.toBeNull());
  else test.skip('not run: no CPython 3.12 for x86_64 is here', () => {});
} else {
  let folder: string;
  beforeAll(async () => {
    folder = await temporary('run-time-files');
    await writeFile(path.join(folder, 'requirements.txt'), requirements);
  });
  afterAll(() => remove(folder));

  describe.each(['safe', 'aggressive'])('Django REST framework, --prune %s', (level) => {
    test('answers with its documents, forms and admin pages', async () => {
      const out = path.join(folder, level);
      const args = ['-r', 'requirements.txt', '--python', '3.12', '--interpreter', python, '--pyc', 'none'];
      const built = await build(folder, [...args, '--prune', level], { out });
      expect(built.error.message).toBe('');
      expect(built.manifest.proof.because).toBeNull();
      const tree = await extract(python, built, path.join(folder, `opt-${level}`));
      expect(await askTree(python, tree, { ask: 'probe', code: visit })).toEqual([]);
    });
  });
}
