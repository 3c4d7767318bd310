# While Airflow is imported, it imports a deployment's cluster policy, which may import from here.
# That must be over before a module of this package is half imported itself.
import airflow  # noqa: F401
